import { newErrorId } from "./ids.ts";

/**
 * An answer other than 200, thrown anywhere below the HTTP layer and turned into the body of fact sheet section 10.
 * It never leaves the package: callers of the emulator see it on the wire.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    details?: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.details = details;
    this.headers = headers;
  }
}

/** `{"error":{"id","status","message","details"?}}` (fact sheet, section 10). */
export function errorBody(status: number, message: string, details?: Readonly<Record<string, unknown>>): object {
  return { error: { id: newErrorId(), status, message, ...(details === undefined ? {} : { details }) } };
}

export const badRequest = (message: string, details?: Readonly<Record<string, unknown>>): ApiError =>
  new ApiError(400, message, details);
export const notAuthorized = (message = "Not Authorized."): ApiError => new ApiError(401, message);
export const notFound = (message: string): ApiError => new ApiError(404, message);
export const userActionRefused = (): ApiError => new ApiError(403, "user action signature is missing or invalid");
