/** Published HD keys and shares, through the ports. */

import type { ImportPrivateRequest, KeyRecord } from "@keyrail/core";
import { loadHd } from "@keyrail/crypto";
import * as z from "zod/mini";
import type { SoftwareProvider } from "../../src/index.ts";
import type { Tally } from "./tally.ts";
import { hex, readJson } from "./vector-files.ts";
import { port, same, withKey } from "./with-key.ts";

const SHARING = "secret sharing: the provider declares that it takes no shares";

const nodeSchema = z.object({ chainCode: z.string(), privateKey: z.string(), publicKey: z.string() });
const bip32Schema = z.object({
  vectors: z.array(
    z.object({
      name: z.string(),
      seed: z.string(),
      chain: z.array(z.object({ path: z.string(), decoded: nodeSchema })),
    }),
  ),
  invalidExtendedKeys: z.array(z.object({ key: z.string(), reason: z.string() })),
});
const slip10Schema = z.object({
  vectors: z.array(
    z.object({
      name: z.string(),
      curve: z.enum(["secp256k1", "nist256p1", "ed25519", "curve25519"]),
      seed: z.string(),
      chain: z.array(z.intersection(z.object({ path: z.string() }), nodeSchema)),
    }),
  ),
});

type Node = z.infer<typeof nodeSchema>;
type HdKeyType = "secp256k1" | "P-256" | "Ed25519" | "X25519";
type Step = readonly [path: string, node: Node];

/** The master goes in with its chain code; every key below it must come out of `derive`. */
export async function bip32Vectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  const { vectors, invalidExtendedKeys } = readJson("hd/bip32.json", bip32Schema);
  for (const { name, seed, chain } of vectors) {
    const steps = chain.map(({ path, decoded }): Step => [path, decoded]);
    await chainVectors(provider, tally, name, "BIP32", "secp256k1", seed, steps);
  }
  const hd = await loadHd();
  for (const { key, reason } of invalidExtendedKeys) {
    // Extended keys are read before the port; a key that can't be read can't be imported.
    await tally.judge(reason, "invalid", async () => hd.parseExtendedKey(key) !== undefined);
  }
}

const CURVES = { secp256k1: "secp256k1", nist256p1: "P-256", ed25519: "Ed25519", curve25519: "X25519" } as const;

export async function slip10Vectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  for (const { name, curve, seed, chain } of readJson("hd/slip10.json", slip10Schema).vectors) {
    const steps = chain.map(({ path, ...node }): Step => [path, node]);
    await chainVectors(provider, tally, name, "SLIP10", CURVES[curve], seed, steps);
  }
}

async function chainVectors(
  provider: SoftwareProvider,
  tally: Tally,
  name: string,
  scheme: "BIP32" | "SLIP10",
  keyType: HdKeyType,
  seed: string,
  steps: readonly Step[],
): Promise<void> {
  const hd = await loadHd();
  const master = hd.masterFromSeed(scheme, keyType, hex(seed));
  const format = keyType === "Ed25519" || keyType === "X25519" ? "seed" : "scalar";
  const request: Omit<ImportPrivateRequest, "label"> = {
    kind: "private",
    privateKey: { keyType, format, bytes: master.privateKey, chainCode: master.chainCode },
    hierarchical: scheme,
    usages: ["derive"],
    extractable: true,
  };
  await withKey(provider, request, async (root) => {
    for (const [path, node] of steps) {
      await tally.judge(`${name} ${path}`, "valid", async () => {
        const record =
          path === "m"
            ? root
            : await provider.keys.derive({
                kind: "hd",
                key: root.uri,
                path,
                usages: ["derive"],
                label: path,
                extractable: true,
              });
        const matches = await isNode(provider, record, node);
        if (record !== root) await port(provider.catalog).remove(record.uri);
        return matches;
      });
    }
  });
}

async function isNode(provider: SoftwareProvider, record: KeyRecord, node: Node): Promise<boolean> {
  const exported = await port(provider.keyExport).export(record.uri);
  if (exported.kind !== "private") return false;
  const publicKey = port(record.publicKey);
  // SLIP-10 puts a zero byte before the public keys of Curve25519.
  const published = hex(node.publicKey);
  const encoded =
    record.keyType === "Ed25519" || record.keyType === "X25519" ? publicKey.toRaw() : publicKey.toCompressed();
  return (
    same(exported.privateKey.bytes, hex(node.privateKey)) &&
    same(port(exported.privateKey.chainCode), hex(node.chainCode)) &&
    same(encoded, published.subarray(published.length - encoded.length))
  );
}

const frostSchema = z.object({ inputs: z.object({ participant_shares: z.array(z.unknown()) }) });

/** Shares are combined by @keyrail/crypto; what comes out is imported like any private key. */
export async function shamirVectors(provider: SoftwareProvider, tally: Tally): Promise<void> {
  const { inputs } = readJson(`shamir/${tally.file}.json`, frostSchema);
  const refused = !provider.explain({ operation: "import:encrypted-shares" }).supported;
  for (const [index] of inputs.participant_shares.entries()) {
    await tally.judge(index, "valid", async () => (refused ? { byDesign: SHARING } : false));
  }
}
