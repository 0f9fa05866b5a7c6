/**
 * The adapter's requests against those of the vendor's own SDK, recorded on the same emulator: method, path, query,
 * headers that matter, body. Every difference there is stands here with its reason, and in docs/providers/dfns.md.
 */

import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { DfnsApiClient } from "@dfns/sdk";
import { AsymmetricKeySigner } from "@dfns/sdk-keysigner";
import type { KeyRecord, Provider } from "@keyrail/core";
import type { DfnsEmulator, RecordedRequest } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encryptShares } from "../src/import/encrypt-shares.ts";
import { exportRecipient } from "../src/import/open-export.ts";
import { rankSigners } from "../src/import/share-signers.ts";
import { all, openOn, present, startEmulator } from "./support/opened.ts";

let emulator: DfnsEmulator;
let provider: Provider;
let sdk: DfnsApiClient;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await openOn(emulator, { exportContract: true });
  // The SDK can't be handed a certificate authority; this process is told of it, as NODE_EXTRA_CA_CERTS would.
  setDefaultCACertificates([...getCACertificates("default"), emulator.caPem]);
  sdk = new DfnsApiClient({
    baseUrl: emulator.url,
    authToken: emulator.authToken,
    orgId: emulator.orgId,
    signer: new AsymmetricKeySigner({
      credId: emulator.credId,
      privateKey: readFileSync(emulator.credentialKeyFile, "utf8"),
    }),
  });
});
afterAll(async () => {
  await provider.close();
  await emulator.close();
});

/** What is random or names a key of one of the two sides. */
const VARIABLE = new Set(["challengeIdentifier", "clientData", "signature", "encryptedKeyShare", "encryptionKey"]);

function normalised(value: unknown, member = ""): unknown {
  if (VARIABLE.has(member)) return `<${member}>`;
  if (typeof value === "string") {
    if (member === "userActionPayload" && value !== "") return { json: normalised(JSON.parse(value)) };
    return value.replace(/\b(key|sig)-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}\b/g, "<$1>");
  }
  if (Array.isArray(value)) return value.map((item) => normalised(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, normalised(inner, name)]));
}

type Wire = Pick<RecordedRequest, "method" | "path" | "query" | "headers" | "body">;

/** The requests a call makes. */
async function recorded(call: () => Promise<unknown>): Promise<readonly unknown[]> {
  const last = emulator.requests.list().at(-1)?.sequence ?? 0;
  await call();
  return emulator.requests
    .list(last)
    .map(({ method, path, query, headers, body }: Wire) =>
      normalised({ method, path, query, headers, ...(body === undefined ? {} : { body }) }),
    );
}

/** Takes out of the SDK's requests what is known and meant to differ. */
function withoutKnownDifferences(requests: readonly unknown[]): readonly unknown[] {
  return requests.map((request) => {
    const copy = structuredClone(request);
    if (
      typeof copy === "object" &&
      copy !== null &&
      "headers" in copy &&
      typeof copy.headers === "object" &&
      copy.headers !== null
    ) {
      for (const name of SDK_HEADERS) Reflect.deleteProperty(copy.headers, name);
      // The SDK names a content type also where it sends no content.
      if (!("body" in copy)) Reflect.deleteProperty(copy.headers, "content-type");
    }
    return copy;
  });
}

/** The SDK's own version, and `accept`, which its fetch adds: the service reads neither (dfns.md, section 1). */
const SDK_HEADERS = ["x-dfns-sdk-version", "accept"];

async function expectSame(ours: () => Promise<unknown>, theirs: () => Promise<unknown>): Promise<void> {
  const own = await recorded(ours);
  expect(own.length).toBeGreaterThan(0);
  expect(own).toEqual(withoutKnownDifferences(await recorded(theirs)));
}

const digest = `0x${"ab".repeat(32)}`;
const digestBytes = Buffer.from("ab".repeat(32), "hex");

async function idsOf(
  keyType: "Ed25519" | "secp256k1" | "stark",
  algorithms?: readonly ["BIP341"] | readonly ["GLOW20"],
): Promise<string> {
  const usages = algorithms?.[0] === "GLOW20" ? (["derive"] as const) : (["sign"] as const);
  const record = await provider.keys.create({
    keyType,
    usages,
    label: "",
    ...(algorithms === undefined ? {} : { algorithms }),
  });
  return record.id;
}

describe("the same requests as @dfns/sdk", () => {
  it.each([
    ["EdDSA", "ed25519", "Ed25519", undefined],
    ["ECDSA", "secp256k1", "secp256k1", undefined],
    ["ECDSA", "stark", "stark", undefined],
    ["Schnorr", "secp256k1", "secp256k1", ["BIP341"]],
  ] as const)("create %s %s", async (scheme, curve, keyType, algorithms) => {
    await expectSame(
      () =>
        provider.keys.create({
          keyType,
          usages: ["sign"],
          label: "parity",
          ...(algorithms === undefined ? {} : { algorithms }),
        }),
      () => sdk.keys.createKey({ body: { scheme, curve, name: "parity" } }),
    );
  });

  it("create a master, derive a child", async () => {
    await expectSame(
      () =>
        provider.keys.create({
          keyType: "Ed25519",
          hierarchical: "EDWARDS-HD",
          usages: ["sign", "derive"],
          label: "m",
        }),
      () => sdk.keys.createKey({ body: { scheme: "EdDSA", curve: "ed25519", name: "m", masterKey: true } }),
    );
    // Two masters, since a path can be used once.
    const master = (label: string): Promise<KeyRecord> =>
      provider.keys.create({ keyType: "Ed25519", hierarchical: "EDWARDS-HD", usages: ["sign", "derive"], label });
    const [one, two] = [await master("1"), await master("2")];
    await expectSame(
      () => provider.keys.derive({ kind: "hd", key: one.uri, path: "m/1", usages: ["sign"], label: "c" }),
      () =>
        sdk.keys.createKey({
          body: { scheme: "EdDSA", curve: "ed25519", name: "c", deriveFrom: { keyId: two.id, path: "m/1" } },
        }),
    );
  });

  it("get, list, rename", async () => {
    const catalog = present(provider.catalog);
    const keyId = await idsOf("Ed25519");
    await expectSame(
      () => catalog.get(keyId),
      () => sdk.keys.getKey({ keyId }),
    );
    await expectSame(
      () => catalog.rename({ key: keyId, label: "new" }),
      () => sdk.keys.updateKey({ keyId, body: { name: "new" } }),
    );
    await expectSame(
      () => all(catalog.list({ pageSize: 1000 })),
      () => sdk.keys.listKeys({ query: { limit: 1000 } }),
    );
  });

  it("archive: the SDK sends the body {}, we send none", async () => {
    const [one, two] = [await idsOf("Ed25519"), await idsOf("Ed25519")];
    const ours = await recorded(() => present(provider.catalog).remove(one));
    const theirs = withoutKnownDifferences(await recorded(() => sdk.keys.deleteKey({ keyId: two })));
    expect(ours).not.toEqual(theirs);
    expect(ours[2]).toMatchObject({ method: "DELETE", path: "/keys/<key>" });
    expect(ours[2]).not.toHaveProperty("body");
    expect(ours[0]).toMatchObject({ body: { userActionPayload: "" } });
    expect(theirs[2]).toMatchObject({ method: "DELETE", path: "/keys/<key>", body: {} });
    expect(theirs[0]).toMatchObject({ body: { userActionPayload: { json: {} } } });
  });

  it("sign: a digest, a message, under a tweaked key, with an externalId", async () => {
    const signer = present(provider.signer);
    const ecdsa = await idsOf("secp256k1");
    await expectSame(
      () => signer.sign({ key: ecdsa, algorithm: "ECDSA", digest: digestBytes }, { idempotencyKey: "parity" }),
      () => sdk.keys.generateSignature({ keyId: ecdsa, body: { kind: "Hash", hash: digest, externalId: "parity" } }),
    );
    const eddsa = await idsOf("Ed25519");
    await expectSame(
      () => signer.sign({ key: eddsa, algorithm: "Ed25519", message: digestBytes }),
      () => sdk.keys.generateSignature({ keyId: eddsa, body: { kind: "Message", message: digest } }),
    );
    const schnorr = await idsOf("secp256k1", ["BIP341"]);
    await expectSame(
      () => signer.sign({ key: schnorr, algorithm: "BIP341", digest: digestBytes }),
      () => sdk.keys.generateSignature({ keyId: schnorr, body: { kind: "Hash", hash: digest, taprootMerkleRoot: "" } }),
    );
    emulator.policies.add({ action: "RequestApproval" });
    const outcome = await present(provider.approvals).requestSignature({
      key: eddsa,
      algorithm: "Ed25519",
      message: digestBytes,
    });
    emulator.policies.clear();
    if (outcome.status !== "pending") throw new Error("not pending");
    const { ticket } = outcome;
    await expectSame(
      () => present(provider.approvals).resume(ticket),
      () => sdk.keys.getSignature({ keyId: eddsa, signatureId: ticket.reference }),
    );
  });

  it("import: the signers, then shares for all of them", async () => {
    const make = (): Promise<unknown> =>
      provider.keys.import({
        kind: "private",
        privateKey: { keyType: "secp256k1", format: "scalar", bytes: Buffer.alloc(32, 7) },
        usages: ["sign"],
        label: "imported",
      });
    await expectSame(make, async () => {
      const clusters = await sdk.signers.listSigners();
      const secret = { curve: "secp256k1", scalar: Buffer.alloc(32, 8) } as const;
      const { shares } = await encryptShares(secret, rankSigners(clusters));
      return sdk.keys.importKey({
        body: {
          curve: "secp256k1",
          protocol: "CGGMP24",
          minSigners: 3,
          encryptedKeyShares: [...shares],
          name: "imported",
        },
      });
    });
  });

  it("export and derive an output", async () => {
    const exported = await idsOf("secp256k1");
    await expectSame(
      () => present(provider.keyExport).export(exported),
      () =>
        sdk.keys.exportKey({
          keyId: exported,
          body: {
            encryptionKey: exportRecipient().encryptionKey,
            supportedSchemes: [
              { protocol: "CGGMP24", curve: "secp256k1" },
              { protocol: "FROST_BITCOIN", curve: "secp256k1" },
              { protocol: "FROST", curve: "ed25519" },
              { protocol: "CGGMP24", curve: "stark" },
            ],
          },
        }),
    );
    const dh = await idsOf("secp256k1", ["GLOW20"]);
    await expectSame(
      () =>
        present(provider.deterministicDerivation).deriveOutput({
          key: dh,
          algorithm: "GLOW20",
          domain: Buffer.from("d"),
          seed: Buffer.from("s"),
        }),
      () => sdk.keys.deriveKey({ keyId: dh, body: { domain: "0x64", seed: "0x73" } }),
    );
  });
});
