import { hash, timingSafeEqual } from "node:crypto";
import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { readSecretFile } from "@keyrail/configuration";
import { KeyrailError, wipe } from "@keyrail/core";
import type { ServiceConfiguration } from "../configuration/service-configuration.ts";

const SCHEME = /^Bearer +([\x21-\x7e]+)$/i;
const SHORTEST_TOKEN = 16;

/**
 * Whether a caller may use the service: it presents the one token of a file. That is all there is: no users, no rights per
 * key, no expiry. A real service has its own way to know its callers, and puts it here.
 */
export class BearerToken {
  /** SHA-256 of the token; absent when the service answers everybody, on loopback. */
  readonly #digest: Uint8Array | undefined;

  constructor(digest: Uint8Array | undefined) {
    this.#digest = digest;
  }

  /**
   * Reads the token.
   * @throws KeyrailError `InvalidConfiguration` when the file can't be read or holds less than 16 characters, or when there
   *   is none and the service would listen to more than this machine.
   */
  static async load({ tokenFile, listen, folder }: ServiceConfiguration): Promise<BearerToken> {
    if (tokenFile === undefined) {
      if (isLoopback(listen.host)) return new BearerToken(undefined);
      throw invalid(
        `"tokenFile" is missing: without a token the service listens on 127.0.0.1 or ::1 alone, not on ${listen.host}.`,
      );
    }
    const token = await readSecretFile(resolve(folder, tokenFile), "tokenFile");
    try {
      if (token.length < SHORTEST_TOKEN) throw invalid(`The token has less than ${SHORTEST_TOKEN} characters.`);
      return new BearerToken(hash("sha256", token, "buffer"));
    } finally {
      wipe(token);
    }
  }

  /** Whether callers need a token at all. */
  get needed(): boolean {
    return this.#digest !== undefined;
  }

  /** Whether the header carries the token; compared in constant time, whatever its length. */
  allows(authorization: string | undefined): boolean {
    if (this.#digest === undefined) return true;
    const presented = SCHEME.exec(authorization ?? "")?.[1];
    return presented !== undefined && timingSafeEqual(hash("sha256", presented, "buffer"), this.#digest);
  }
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function invalid(message: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", message, { path: "tokenFile" });
}
