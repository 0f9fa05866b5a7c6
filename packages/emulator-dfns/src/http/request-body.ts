import type { IncomingMessage } from "node:http";
import { maximumBodyBytes } from "../assumptions.ts";

/** The body as text; `"too long"` above the maximum; `"broken"` when the client went away before its end. */
export async function readBody(request: IncomingMessage): Promise<{ readonly text: string } | "too long" | "broken"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      length += bytes.length;
      // The rest of a body that is too long is read and dropped: the client must be able to receive the answer.
      if (length <= maximumBodyBytes) chunks.push(bytes);
    }
  } catch {
    return "broken";
  }
  if (length > maximumBodyBytes) return "too long";
  const [only] = chunks;
  return { text: (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString("utf8") };
}
