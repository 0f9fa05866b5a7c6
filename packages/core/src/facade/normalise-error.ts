import { KeyrailError } from "../errors.ts";

/**
 * What leaves a port is a {@link KeyrailError}. An error that the adapter did not classify becomes `Internal`: its own
 * message is not repeated, since nobody has checked it for secrets; it is kept as `cause`.
 */
export function normaliseError(error: unknown, operation: string): KeyrailError {
  if (error instanceof KeyrailError) return error;
  return new KeyrailError(
    "Internal",
    `${operation} failed in a way the provider does not explain; this is a defect. See the cause.`,
    { operation },
    { cause: error },
  );
}
