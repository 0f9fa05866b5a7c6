/** `import` over `POST /keys/import` (dfns.md, section 8). */

import { createHash } from "node:crypto";
import {
  type CallOptions,
  encodeBase64,
  encodeHex,
  isKeyrailError,
  type ImportEncryptedSharesRequest,
  type ImportPrivateRequest,
  type ImportRequest,
  type KeyRecord,
  KeyrailError,
  PublicKey,
  type PublicKey as PublicKeyType,
  wipe,
} from "@keyrail/core";
import { CallBudget } from "../client/call-budget.ts";
import type { ChangeRequestDescription } from "../client/request-description.ts";
import { getSigners, importKey } from "../client/requests.ts";
import type { DfnsKey } from "../client/schemas.ts";
import { encryptShares, THRESHOLD } from "../import/encrypt-shares.ts";
import { scalarOf } from "../import/private-scalar.ts";
import { rankSigners, type ShareSigner } from "../import/share-signers.ts";
import { type KeyKind, PROVIDER_NAME } from "../mapping.ts";
import { isArchived, readPublicKey } from "./key-directory.ts";
import { type HolderWords, namingHolder } from "./key-holder.ts";
import type { DfnsKeyStoreOptions } from "./key-store.ts";
import type { Fingerprint } from "./name-marker.ts";
import { settleByFacts } from "./settlement.ts";
import { isMaster, requiredKind, unsupported } from "./wanted-kind.ts";

const HOLDER: HolderWords = {
  already: "Dfns holds this key already, as",
  ifArchived: "It is archived: Dfns neither brings such a key back nor takes it a second time. Make a new key instead.",
  otherwise: "Use it, or import another key.",
};

/** How long the signers of an import are believed to be the same, milliseconds. */
const SIGNERS_LIFETIME = 300_000;

/** Brings keys in: in clear, to be split here, or split by the caller. */
export class KeyImport {
  readonly #options: Pick<DfnsKeyStoreOptions, "api" | "directory" | "pages" | "making">;
  #signers: { readonly ranked: readonly ShareSigner[]; readonly until: number } | undefined;

  constructor(options: Pick<DfnsKeyStoreOptions, "api" | "directory" | "pages" | "making">) {
    this.#options = options;
  }

  async import(request: ImportRequest, options?: CallOptions): Promise<KeyRecord> {
    const call = new CallBudget("import a key", options, true);
    switch (request.kind) {
      case "private":
        return this.#importPrivate(request, call, options?.idempotencyKey);
      case "encrypted-shares":
        return this.#importShares(request, call, options);
      default:
        // The gate refuses these: no row declares them.
        throw unsupported(`import:${request.kind}`, "Dfns holds private keys only.");
    }
  }

  async #importPrivate(
    request: ImportPrivateRequest,
    call: CallBudget,
    idempotencyKey: string | undefined,
  ): Promise<KeyRecord> {
    const kind = requiredKind({ ...request, keyType: request.privateKey.keyType, portable: true }, "import:private");
    const { api, directory, pages, making } = this.#options;
    const { chainCode } = request.privateKey;
    if (chainCode === undefined && request.usages.includes("derive")) {
      throw new KeyrailError(
        "InvalidRequest",
        "A key whose children are to be derived is imported with its chain code.",
        {
          path: "hierarchical",
        },
      );
    }
    const scalar = await scalarOf(request.privateKey);
    try {
      const encrypted = await encryptShares(
        { curve: kind.curve, scalar, ...(chainCode === undefined ? {} : { chainCode }) },
        await this.#rankedSigners(call),
      );
      const expected = PublicKey.fromTrustedRaw(kind.keyType, encrypted.publicKey);
      const hex = publicKeyHex(expected);
      const description = importKey({
        curve: kind.curve,
        protocol: kind.protocol,
        minSigners: encrypted.threshold,
        encryptedKeyShares: encrypted.shares,
        ...(request.label === "" ? {} : { name: request.label }),
        ...(chainCode === undefined ? {} : { masterKey: true }),
      });
      const isSame = (key: DfnsKey): boolean => key.curve === kind.curve && key.publicKey.toLowerCase() === hex;
      const isIt = (key: DfnsKey): boolean => isSame(key) && key.scheme === kind.scheme && !isArchived(key);
      const fingerprint: Fingerprint = ["import", kind.scheme, hex, chainCode !== undefined, request.label];
      const key = await making
        .once(idempotencyKey, fingerprint, call, () =>
          idempotencyKey === undefined
            ? api.changeUnsettled(description, call)
            : settleByFacts(api, description, call, request.label, () => pages.find(isIt, call)),
        )
        .catch(async (error: unknown) => {
          // The signers may have been exchanged since they were read.
          if (isKeyrailError(error, "OperationRefused")) this.#signers = undefined;
          if (!isKeyrailError(error, "KeyExists")) throw error;
          throw await namingHolder(error, () => pages.find(isSame, call), directory, HOLDER);
        });
      checkImported(key, kind, expected);
      return directory.record(key);
    } finally {
      wipe(scalar);
    }
  }

  async #importShares(
    request: ImportEncryptedSharesRequest,
    call: CallBudget,
    options: CallOptions | undefined,
  ): Promise<KeyRecord> {
    const kind = requiredKind({ ...request, portable: true }, "import:encrypted-shares");
    if (request.threshold !== THRESHOLD) {
      throw new KeyrailError("InvalidRequest", `Dfns imports keys with a threshold of ${THRESHOLD} only.`, {
        path: "threshold",
        expected: String(THRESHOLD),
      });
    }
    const { directory, making } = this.#options;
    const shares = request.shares.map(({ holder, ciphertext }) => ({
      signerId: holder,
      encryptedKeyShare: encodeBase64(ciphertext),
    }));
    const master = isMaster(kind, request);
    const body = (name: string): ChangeRequestDescription<DfnsKey> =>
      importKey({
        curve: kind.curve,
        protocol: kind.protocol,
        minSigners: request.threshold,
        encryptedKeyShares: shares,
        ...(name === "" ? {} : { name }),
        ...(master ? { masterKey: true } : {}),
      });
    const digest = createHash("sha256").update(JSON.stringify(shares)).digest("base64url");
    const fingerprint: Fingerprint = ["import-shares", kind.scheme, kind.curve, master, request.label, digest];
    const key = await making.once(options?.idempotencyKey, fingerprint, call, () =>
      making.byMarker(options, fingerprint, request.label, body, call),
    );
    return directory.record(key);
  }

  async #rankedSigners(call: CallBudget): Promise<readonly ShareSigner[]> {
    const known = this.#signers;
    if (known !== undefined && performance.now() < known.until) return known.ranked;
    const ranked = rankSigners(await this.#options.api.read(getSigners(), call));
    this.#signers = { ranked, until: performance.now() + SIGNERS_LIFETIME };
    return ranked;
  }
}

function publicKeyHex(publicKey: PublicKeyType): string {
  return encodeHex(publicKey.keyType === "Ed25519" ? publicKey.toRaw() : publicKey.toCompressed());
}

function checkImported(key: DfnsKey, kind: KeyKind, expected: PublicKeyType): void {
  if (
    key.scheme === kind.scheme &&
    key.curve === kind.curve &&
    readPublicKey(key.publicKey, kind, key.id).equals(expected)
  ) {
    return;
  }
  throw new KeyrailError(
    "UnexpectedResponse",
    `Dfns imported the key ${key.id} with another public key than the one that was sent; don't use it.`,
    { provider: PROVIDER_NAME, reason: "wrong public key" },
    { retry: "unknown-outcome" },
  );
}
