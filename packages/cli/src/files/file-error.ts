/** Errors of the file system in one sentence each. */

import type { KeyrailError } from "@keyrail/core";
import { usageError } from "../runtime/usage-error.ts";

const SENTENCES: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `There is no file ${file}.`,
  ENOTDIR: (file) => `There is no file ${file}: a part of its path is not a folder.`,
  EISDIR: (file) => `${file} is a folder, not a file.`,
  EACCES: (file) => `${file} can't be opened: this user has no permission.`,
  EPERM: (file) => `${file} can't be opened: the system does not permit it.`,
  EEXIST: (file) => `${file} exists already.`,
  EROFS: (file) => `${file} can't be written: the file system is read-only.`,
  ENOSPC: (file) => `${file} can't be written: the disk is full.`,
  ELOOP: (file) => `${file} can't be opened: its symbolic links go in a circle.`,
  ENAMETOOLONG: (file) => `${file} can't be opened: the name is too long.`,
};

/** An error of the file system about `file`, given as the argument or option `path`; other errors are given back. */
export function fileError(error: unknown, file: string, path: string): unknown {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const sentence = SENTENCES[code];
  if (sentence !== undefined) return usageError(sentence(file), path, error);
  return code.startsWith("E") ? usageError(`${file} can't be used: ${code}.`, path, error) : error;
}

/** `InvalidRequest` for a folder where a file is expected. */
export function isFolderError(file: string, path: string): KeyrailError<"InvalidRequest"> {
  return usageError(`${file} is a folder, not a file.`, path);
}
