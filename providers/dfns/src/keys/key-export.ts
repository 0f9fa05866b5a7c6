/** `KeyExport` over `POST /keys/{id}/export` (dfns.md, section 9). */

import { type CallOptions, type ExportedKey, type KeyExport, KeyrailError, wipe } from "@keyrail/core";
import type { ApiClient } from "../client/api-client.ts";
import { CallBudget } from "../client/call-budget.ts";
import { exportKey } from "../client/requests.ts";
import { EXPORT_SCHEMES, exportRecipient, openExport } from "../import/open-export.ts";
import { materialOf } from "../import/private-scalar.ts";
import type { KeyDirectory } from "./key-directory.ts";

/** Takes private keys out, where the contract allows it. */
export class DfnsKeyExport implements KeyExport {
  readonly #api: ApiClient;
  readonly #directory: KeyDirectory;

  constructor(api: ApiClient, directory: KeyDirectory) {
    this.#api = api;
    this.#directory = directory;
  }

  async export(id: string, options?: CallOptions): Promise<ExportedKey> {
    const call = new CallBudget("export a key", options);
    const facts = await this.#directory.facts(id, call);
    if (!facts.kind.portable) {
      throw new KeyrailError("NotExtractable", `Dfns exports no ${facts.kind.scheme} key.`, { key: id });
    }
    const recipient = exportRecipient();
    try {
      const answer = await this.#api.changeUnsettled(
        exportKey(id, { encryptionKey: recipient.encryptionKey, supportedSchemes: EXPORT_SCHEMES }),
        call,
      );
      const { scalar, chainCode } = await openExport(answer, facts.kind, facts.publicKey, recipient.privateKey);
      try {
        return { kind: "private", privateKey: materialOf(facts.kind, scalar, chainCode) };
      } finally {
        wipe(scalar);
      }
    } finally {
      wipe(recipient.privateKey);
    }
  }
}
