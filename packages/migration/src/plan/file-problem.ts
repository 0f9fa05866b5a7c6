import { KeyrailError } from "@keyrail/core";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist, or its folder doesn't",
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EIO: "the disk fails",
};

/** `StoreUnavailable` for an error of the file system about a file; any other error as it is. */
export function fileProblem(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const reason = REASONS[error.code];
  if (reason === undefined) return error;
  return new KeyrailError(
    "StoreUnavailable",
    `The file ${file} can't be used: ${reason}.`,
    { store: file, reason },
    { cause: error },
  );
}
