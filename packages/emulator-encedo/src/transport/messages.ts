/** Requests and responses of the device, and the bytes of a response. */

/** A request whose body was read whole. */
export interface DeviceRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** Header values by lowercase name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** True over TLS. */
  readonly secure: boolean;
  readonly body: Uint8Array;
}

/** What a handler answers. */
export interface DeviceResponse {
  /** Three digits, except where a firmware defect writes a raw code. */
  readonly status: number;
  /** Sent as compact JSON; absent means an empty body. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Sent as it is, in place of JSON. */
  readonly text?: { readonly contentType: string; readonly content: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Runs once the answer is on its way: a reboot, a shutdown, a wipe. */
  readonly afterwards?: () => void;
}

/** An answer with an empty body. */
export function empty(status = 200): DeviceResponse {
  return { status };
}

/** An answer with a JSON body. */
export function json(body: Readonly<Record<string, unknown>>): DeviceResponse {
  return { status: 200, json: body };
}

/** 418 has no reason phrase on the device; raw codes have none either. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  406: "Not Acceptable",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Payload Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

/** The body of a response in bytes. */
export function bodyBytes(response: DeviceResponse): Uint8Array {
  const text = response.text?.content ?? (response.json === undefined ? "" : JSON.stringify(response.json));
  return new TextEncoder().encode(text);
}

/**
 * The whole response in bytes: status line, headers, body. Written by hand, since `node:http` refuses
 * the raw codes and empty reason phrases of the device.
 */
export function responseBytes(response: DeviceResponse, body: Uint8Array): { head: Uint8Array; body: Uint8Array } {
  const lines = [
    `HTTP/1.1 ${response.status} ${REASONS[response.status] ?? ""}`,
    `Content-Type: ${response.text?.contentType ?? "application/json"}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
    ...Object.entries(response.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  return { head: new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`), body };
}
