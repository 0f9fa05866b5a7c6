/** `DeterministicDerivation` over `POST /keys/{id}/derive` (dfns.md, section 7). */

import {
  type CallOptions,
  decodeHex,
  type DeriveOutputRequest,
  type DeterministicDerivation,
  encodeHex,
  KeyrailError,
} from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { CallBudget } from "../client/call-budget.ts";
import { deriveOutput } from "../client/requests.ts";
import type { KeyDirectory } from "./key-directory.ts";

/** Derives outputs from DH keys. */
export class DfnsDeterministicDerivation implements DeterministicDerivation {
  readonly #api: ApiClient;
  readonly #directory: KeyDirectory;

  constructor(api: ApiClient, directory: KeyDirectory) {
    this.#api = api;
    this.#directory = directory;
  }

  /** 32 bytes. The answer can't be checked here: nobody else has the key. */
  async deriveOutput(request: DeriveOutputRequest, options?: CallOptions): Promise<Uint8Array> {
    const call = new CallBudget("derive an output", options);
    const { kind } = await this.#directory.facts(request.key, call);
    if (kind.scheme !== "DH") {
      throw new KeyrailError("UsageNotPermitted", `The Dfns key ${request.key} is no DH key; make one for GLOW20.`, {
        key: request.key,
        usage: "GLOW20",
      });
    }
    const { domain, seed } = request;
    const { output } = await this.#api.changeUnsettled(
      deriveOutput(request.key, `0x${encodeHex(domain)}`, `0x${encodeHex(seed)}`),
      call,
    );
    return decodeHex(output.replace(/^0x/, ""));
  }
}
