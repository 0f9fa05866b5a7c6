/** `KeyOpener`: keys opened for synchronous use. */

import type { KeyRecord, OpenedKey } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat, expectThrow } from "../expect.ts";
import { port } from "../needs.ts";
import { Blocked } from "../outcome.ts";
import { testMessage } from "../reference/random.ts";
import { inputOver, verifySignature } from "../reference/signatures.ts";

/** A key the provider can open, sign with and make. */
async function signingKey(context: CheckContext): Promise<{ record: KeyRecord; opened: OpenedKey }> {
  for (const [keyType, algorithm] of [
    ["Ed25519", "Ed25519"],
    ["P-256", "ES256"],
    ["secp256k1", "ES256K"],
  ] as const) {
    const wanted = { keyType, usages: ["sign"], algorithms: [algorithm], own: true } as const;
    if (!context.fixtures.canMake(wanted)) continue;
    const { record } = await context.fixtures.get(context.provider, wanted);
    const opener = expectPresent(context.provider.opener, "there is no port `opener`");
    return { record, opened: await opener.open(record.uri) };
  }
  throw new Blocked("The provider makes none of the keys this is tried with.");
}

const ALGORITHM_OF = { Ed25519: "Ed25519", "P-256": "ES256", secp256k1: "ES256K" } as const;

function algorithmOf(record: KeyRecord): "Ed25519" | "ES256" | "ES256K" {
  return record.keyType === "P-256" || record.keyType === "secp256k1" ? ALGORITHM_OF[record.keyType] : "Ed25519";
}

const opener = { group: "opener", needs: [port("opener")], makesKeys: true } as const;

/** The checks of opened keys. */
export const OPENER_CHECKS: readonly Check[] = [
  {
    ...opener,
    id: "opener.sign",
    title: "An opened key signs as the port does",
    requirement: "KeyOpener.open: a key for synchronous use; its signatures verify under the key.",
    async run(context) {
      const { record, opened } = await signingKey(context);
      const algorithm = algorithmOf(record);
      const input = inputOver(algorithm, "message", testMessage(50));
      const { signature } = opened.sign({ algorithm, ...input.request });
      const publicKey = await context.provider.keys.getPublic(record.uri);
      expectThat(verifySignature(algorithm, publicKey, input.signed, signature), "its signature does not verify");
      expectThat(opened.keyType === record.keyType, "it says another key type");
      expectThat(opened.publicKey?.equals(publicKey) !== false, "it says another public key");
    },
  },
  {
    ...opener,
    id: "opener.usages",
    title: "An opened key keeps to its usages",
    requirement: "OpenedKey: usages and algorithms of the key are still enforced.",
    async run(context) {
      const { opened } = await signingKey(context);
      const attempt = (): unknown => opened.mac({ algorithm: "HS256", message: testMessage(8) });
      expectThrow(["UsageNotPermitted", "UnsupportedCapability"], "a MAC with an opened signing key", attempt);
    },
  },
  {
    ...opener,
    id: "opener.closed",
    title: "A closed key does nothing",
    requirement: "OpenedKey: after `close` every method throws `Closed`; closing twice is safe.",
    async run(context) {
      const { record, opened } = await signingKey(context);
      opened.close();
      opened.close();
      const algorithm = algorithmOf(record);
      expectThrow("Closed", "a signature with a closed key", () => opened.sign({ algorithm, message: testMessage(8) }));
    },
  },
  {
    ...opener,
    id: "opener.removed",
    title: "An opened key ends with its removal",
    requirement: "OpenedKey: after the key was removed, every method throws `Closed`.",
    async run(context) {
      const { catalog, capabilities } = context.provider;
      if (catalog === undefined || capabilities.catalog?.remove === undefined)
        throw new Blocked("Keys can't be removed here.");
      const { record, opened } = await signingKey(context);
      await catalog.remove(record.uri);
      const algorithm = algorithmOf(record);
      expectThrow("Closed", "a signature with a removed key", () =>
        opened.sign({ algorithm, message: testMessage(8) }),
      );
    },
  },
  {
    ...opener,
    id: "opener.unknown-key",
    title: "Opens no key that is not there",
    requirement: "KeyOpener.open: rejects with `KeyNotFound`.",
    makesKeys: false,
    async run({ provider }) {
      const port = expectPresent(provider.opener, "there is no port `opener`");
      await expectRejection("KeyNotFound", "open with a key that does not exist", () => port.open("0".repeat(32)));
    },
  },
];
