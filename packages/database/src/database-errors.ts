import { isKeyrailError, KeyrailError } from "@keyrail/core";

const BROKEN = "no server answers there, or it broke the connection";

/** Connection errors and PostgreSQL's classes 08 (connection), 53 (resources), 57P (operator), and refused logins. */
const UNREACHABLE =
  /^(?:E(?:CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|TIMEDOUT|AI_AGAIN)|08...|53...|57P..|28...|3D000)$/;

/**
 * The error of a database as Keyrail's: `StoreUnavailable` where the database can't serve. Everything that is not the
 * database's own passes as it is.
 */
export function databaseError(error: unknown, location: string): unknown {
  if (isKeyrailError(error)) return error;
  const reason = unavailableReason(error);
  if (reason === undefined) return error;
  return storeUnavailable(location, reason, error);
}

/** As {@link databaseError}, for a commit: what could not be heard may have happened. */
export function outcomeUnknown(error: unknown, location: string): unknown {
  const known = databaseError(error, location);
  if (!isKeyrailError(known, "StoreUnavailable")) return known;
  return new KeyrailError(
    "StoreUnavailable",
    `${known.message} The change may have been made all the same: look before you make it again.`,
    known.context,
    { cause: error, retry: "unknown-outcome" },
  );
}

/** `StoreUnavailable` with a sentence on the database at `location`. */
export function storeUnavailable(location: string, reason: string, cause?: unknown): KeyrailError<"StoreUnavailable"> {
  return new KeyrailError(
    "StoreUnavailable",
    `The database ${location} can't be used: ${reason}.`,
    { store: location, reason },
    { cause, retry: "safe" },
  );
}

/** True for PostgreSQL's "another transaction got in the way": the transaction left no trace and may be begun anew. */
export function isSerializationFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** True when a row broke a unique index. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "23505" || /UNIQUE constraint failed/.test(messageOf(error));
}

function unavailableReason(error: unknown): string | undefined {
  const code = codeOf(error);
  const message = messageOf(error);
  if (code === "ERR_SQLITE_ERROR") {
    if (/readonly/.test(message))
      return "it can't be written; see whether the file, its folder or the disk is read-only";
    if (/unable to open/.test(message))
      return "the file can't be opened; see that its folder exists and that you may write there";
    if (/locked|busy/.test(message)) return "another process holds its lock";
    if (/not a database/.test(message)) return "the file is no SQLite database";
    if (/full/.test(message)) return "the disk is full";
    if (/disk I\/O|malformed/.test(message)) return "the disk fails or the file is damaged";
    return undefined;
  }
  if (code !== undefined && UNREACHABLE.test(code)) return reachReason(code);
  if (message.startsWith("timeout exceeded when trying to connect")) return "it does not answer";
  if (/^Connection terminated|^Client has encountered a connection error/.test(message)) return BROKEN;
  return undefined;
}

function reachReason(code: string): string {
  if (code.startsWith("28")) return "it refuses the user or the password";
  if (code === "3D000") return "there is no database of that name";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its host name is not known";
  if (code.startsWith("53")) return "it has no connection left";
  return BROKEN;
}

function codeOf(error: unknown): string | undefined {
  // Node reports several addresses of one host as one error that holds the others.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
