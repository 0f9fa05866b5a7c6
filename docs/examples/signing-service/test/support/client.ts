/** A caller of the service: HTTP, JSON and node:crypto, nothing of Keyrail. */

import { createPublicKey, type JsonWebKeyInput, verify } from "node:crypto";
import { TOKEN } from "./place.ts";

/** An answer. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What `/sign` answers, as a caller sees it. */
export interface Signed {
  readonly signature: string;
  readonly algorithm: string;
  readonly alias: string;
  readonly version: number;
  readonly key: string;
  readonly publicKey: JsonWebKeyInput["key"];
  readonly thumbprint: string;
}

/** A problem (RFC 9457), as a caller sees it. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retry: string;
}

/** Sends a request with the token; a body is sent as JSON. */
export async function call<Body = unknown>(
  url: string,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Answer<Body>> {
  const response = await fetch(new URL(path, url), {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    ...init,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...init.headers,
    },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? undefined : JSON.parse(text)) as Body,
  };
}

/** Whether an Ed25519 signature is right under the public key the answer gives (RFC 8032, by node:crypto). */
export function isRight(message: Uint8Array, { signature, publicKey }: Signed): boolean {
  const key = createPublicKey({ key: publicKey, format: "jwk" });
  return verify(null, message, key, Buffer.from(signature, "base64url"));
}

/** base64url of a text. */
export function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}
