import type { IncomingMessage } from "node:http";
import { maximumBodyBytes } from "../assumptions.ts";

/** The body as text; `"too long"` above the maximum; `"broken"` when the client went away before its end. */
export type RequestBody = { readonly text: string } | "too long" | "broken";

/** Reads a body whole. A callback and plain events, since iterating a stream costs more than the rest of a request. */
export function readBody(request: IncomingMessage, done: (body: RequestBody) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    // The rest of a body that is too long is read and dropped: the client must be able to receive the answer.
    if (length <= maximumBodyBytes) chunks.push(chunk);
  });
  request.once("end", () => {
    ended = true;
    done(length > maximumBodyBytes ? "too long" : { text: textOf(chunks) });
  });
  request.once("close", () => {
    if (!ended) done("broken");
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only, second] = chunks;
  if (only === undefined) return "";
  return (second === undefined ? only : Buffer.concat(chunks)).toString("utf8");
}
