/** What leaves a provider: deterministic outputs, exported keys, opened keys. */

import { type CapabilityRow, KEY_TYPES, type KeyRecord, type KeyType, type OpenedKey } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectLength, expectPresent, expectRejection, expectThat, expectThrow, sameBytes } from "../expect.ts";
import { operation, port } from "../needs.ts";
import { Blocked } from "../outcome.ts";
import { slug, usesOf } from "../reference/algorithms.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  privateMaterial,
  publicHalfOf,
} from "../reference/key-material.ts";
import { testMessage, utf8 } from "../reference/random.ts";
import { inputOver, verifySignature } from "../reference/signatures.ts";
import { isSignature } from "../refusal/algorithm-kinds.ts";

const OUTPUTS = usesOf(["GLOW20"] as const);

const deterministic: readonly Check[] = OUTPUTS.map(({ algorithm, keyType, slug: name }): Check => ({
  id: `derive-output.${name}.deterministic`,
  group: "derive-output",
  title: `${algorithm} outputs depend on key, domain and seed, and on nothing else`,
  requirement: "DeterministicDerivation: same key, domain and seed, same 32 bytes; another one of them, other bytes.",
  needs: [operation({ operation: "derive-output", keyType, algorithm })],
  makesKeys: false,
  async run(context) {
    const derivation = expectPresent(context.provider.deterministicDerivation, "there is no port for it");
    const { key } = await context.fixtures.get(context.provider, {
      keyType,
      usages: ["derive"],
      algorithms: [algorithm],
    });
    const output = (domain: string, seed: string): Promise<Uint8Array> =>
      derivation.deriveOutput({ key, algorithm, domain: utf8(domain), seed: utf8(seed) });
    const first = await output("keyrail-conformance", "seed 1");
    expectLength(first, 32, "the output");
    expectThat(sameBytes(first, await output("keyrail-conformance", "seed 1")), "the same inputs give two outputs");
    expectThat(!sameBytes(first, await output("keyrail-conformance", "seed 2")), "another seed gives the same output");
    expectThat(
      !sameBytes(first, await output("keyrail-conformance-2", "seed 1")),
      "another domain gives the same output",
    );
  },
}));

function exported(keyType: KeyType): Check {
  return {
    id: `export.${slug(keyType)}.extractable`,
    group: "export",
    title: `Gives an extractable ${keyType} key out`,
    requirement: "KeyExport.export: the private or secret half of a key that was made extractable; it is the key's.",
    needs: [
      operation({ operation: "create", keyType, extractable: true }),
      operation({ operation: "export", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { keyExport, keys } = context.provider;
      const row = expectPresent(context.capabilities.rowsFor("create", keyType)[0], "no row");
      const record = await keys.create({ ...attributesOf(context, keyType, row), keyType, extractable: true });
      expectThat(record.extractable, "the record says that the key is not extractable");
      const given = await expectPresent(keyExport, "there is no port `keyExport`").export(record.uri);
      if (given.kind === "secret") {
        expectThat(given.keyType === keyType, `a ${given.keyType} key is exported`);
        expectThat(given.secret.length > 0, "the exported secret is empty");
        return;
      }
      const publicKey = await keys.getPublic(record.uri);
      expectThat(publicHalfOf(given.privateKey).equals(publicKey), "the exported key has another public half");
    },
  };
}

function roundTrip(keyType: KeyType): Check {
  return {
    id: `export.${slug(keyType)}.imported`,
    group: "export",
    title: `Gives an imported ${keyType} key back as it came`,
    requirement:
      "KeyExport.export: what was imported extractable comes back: the same key, and in the same form the same bytes.",
    needs: [
      operation({ operation: isSymmetric(keyType) ? "import:secret" : "import:private", keyType, extractable: true }),
      operation({ operation: "export", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { keys, keyExport } = context.provider;
      const out = expectPresent(keyExport, "there is no port `keyExport`");
      if (isSymmetric(keyType)) {
        const row = expectPresent(context.capabilities.rowsFor("import:secret", keyType)[0], "no row");
        const secret = generateSecret(keyType, 32);
        const attributes = { ...attributesOf(context, keyType, row), extractable: true };
        const record = await keys.import({ kind: "secret", keyType, secret: secret.slice(), ...attributes });
        const given = await out.export(record.uri);
        expectThat(given.kind === "secret" && sameBytes(given.secret, secret), "another secret comes back");
        return;
      }
      if (!isAsymmetric(keyType)) return;
      const row = expectPresent(context.capabilities.rowsFor("import:private", keyType)[0], "no row");
      const pair = generateKeyPair(keyType);
      const privateKey = privateMaterial(pair, row.privateFormats);
      const copy = { ...privateKey, bytes: privateKey.bytes.slice() };
      const record = await keys.import({
        kind: "private",
        privateKey: copy,
        ...attributesOf(context, keyType, row),
        extractable: true,
      });
      const given = await out.export(record.uri);
      expectThat(given.kind === "private", "a secret key comes back");
      const { format, bytes } = given.privateKey;
      // A provider that keeps another form (a scalar instead of a seed) can't give the first one back.
      const same = format !== privateKey.format || sameBytes(bytes, privateKey.bytes);
      expectThat(same, "another private key comes back");
      expectThat(
        publicHalfOf(given.privateKey).equals(pair.publicKey),
        "the key that comes back has another public half",
      );
    },
  };
}

function attributesOf(context: CheckContext, keyType: KeyType, row: CapabilityRow) {
  return { ...usualAttributes(context.capabilities, keyType, row), label: context.newLabel() };
}

const notExtractable: Check = {
  id: "export.not-extractable",
  group: "export",
  title: "Gives no key out that was not made extractable",
  requirement:
    "KeyExport.export: rejects with `NotExtractable` for any other key, created or imported; `extractable` is false unless asked.",
  needs: [port("keyExport")],
  makesKeys: true,
  async run(context) {
    const { keys, keyExport } = context.provider;
    let tried = 0;
    for (const keyType of KEY_TYPES) {
      if (context.capabilities.rowsFor("export", keyType).length === 0) continue;
      const row = context.capabilities.rowsFor("create", keyType)[0];
      if (row === undefined) continue;
      for (const extractable of [undefined, false]) {
        const request = {
          keyType,
          ...attributesOf(context, keyType, row),
          ...(extractable === undefined ? {} : { extractable }),
        };
        await expectKept(keyExport, await keys.create(request));
        tried++;
      }
    }
    expectThat(tried > 0, "no key could be made to try it with");
  },
};

async function expectKept(keyExport: CheckContext["provider"]["keyExport"], record: KeyRecord): Promise<void> {
  expectThat(!record.extractable, `a ${record.keyType} key is extractable though nobody asked`);
  await expectRejection("NotExtractable", `the export of a ${record.keyType} key that is not extractable`, () =>
    expectPresent(keyExport, "there is no port `keyExport`").export(record.uri),
  );
}

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

const OPENER_CHECKS: readonly Check[] = [
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

const APPROVAL_CHECKS: readonly Check[] = [
  {
    id: "approvals.foreign-ticket",
    group: "approvals",
    title: "Takes no ticket of another provider",
    requirement:
      "Approvals.resume: finishes what a ticket stands for; a ticket of another provider is `InvalidRequest`.",
    needs: [port("approvals")],
    makesKeys: false,
    async run({ provider }) {
      const approvals = expectPresent(provider.approvals, "there is no port `approvals`");
      const ticket = {
        version: 1,
        provider: "another",
        key: "another://host/key",
        operation: "sign",
        reference: "none",
        state: {},
      } as const;
      await expectRejection("InvalidRequest", "the ticket of another provider", () => approvals.resume(ticket));
    },
  },
  {
    id: "approvals.request-signature",
    group: "approvals",
    title: "A signature, or the ticket of an approval",
    requirement:
      "Approvals.requestSignature: signs, or gives a ticket that is plain JSON data; an approval is a result, not a failure.",
    needs: [port("approvals")],
    makesKeys: false,
    async run(context) {
      const approvals = expectPresent(context.provider.approvals, "there is no port `approvals`");
      const row = expectPresent(context.capabilities.rows("sign")[0], "nothing signs");
      const keyType = expectPresent(row.keyTypes[0], "no key type");
      const algorithm = expectPresent(row.algorithms?.[0], "no algorithm");
      if (!isSignature(algorithm)) return;
      const { key } = await context.fixtures.get(context.provider, {
        keyType,
        usages: ["sign"],
        algorithms: [algorithm],
      });
      const input = inputOver(algorithm, row.inputs?.includes("message") === false ? "digest" : "message");
      const outcome = await approvals.requestSignature({ key, algorithm, ...input.request });
      if (outcome.status === "done") return expectThat(outcome.result.signature.length > 0, "an empty signature");
      const again: unknown = JSON.parse(JSON.stringify(outcome.ticket));
      expectThat(typeof again === "object" && again !== null, "the ticket is not plain data");
      expectThat(outcome.ticket.provider === context.provider.name, "the ticket names another provider");
    },
  },
];

/** The checks of outputs, export, opened keys and approvals. */
export const OUTPUT_CHECKS: readonly Check[] = [
  ...deterministic,
  ...KEY_TYPES.flatMap((keyType) => [exported(keyType), roundTrip(keyType)]),
  notExtractable,
  ...OPENER_CHECKS,
  ...APPROVAL_CHECKS,
];
