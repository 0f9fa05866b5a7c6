/** `KeyStore.derive` with a path: children as the standards compute them. */

import { type DerivationAlgorithm, isWeierstrassKeyType, type KeyRecord, type KeyType } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat } from "../expect.ts";
import { operation } from "../needs.ts";
import { KEY_TYPES_OF, slug } from "../reference/algorithms.ts";
import { childPublicKey, type Node } from "../reference/hierarchical.ts";
import { generateKeyPair, isAsymmetric, type KnownKeyPair, privateMaterial } from "../reference/key-material.ts";
import { randomBytes } from "../reference/random.ts";

interface Scheme {
  readonly scheme: DerivationAlgorithm;
  readonly keyType: KeyType;
}

const SCHEMES: readonly Scheme[] = (["BIP32", "SLIP10", "EDWARDS-HD", "STARK-HD"] as const).flatMap((scheme) =>
  KEY_TYPES_OF[scheme].map((keyType) => ({ scheme, keyType })),
);

const group = "derive-hd" as const;

/** SLIP-0010 has hardened steps only on these. */
function hardenedOnly({ scheme, keyType }: Scheme): boolean {
  return scheme === "SLIP10" && (keyType === "Ed25519" || keyType === "X25519");
}

/** The additive schemes have none. */
function neverHardened({ scheme }: Scheme): boolean {
  return scheme === "EDWARDS-HD" || scheme === "STARK-HD";
}

function pathsOf(scheme: Scheme): string[] {
  return hardenedOnly(scheme) ? ["m/0'", "m/44'/501'/0'"] : ["m/0", "m/44/1/2147483647"];
}

interface Master {
  readonly record: KeyRecord;
  readonly node: Node;
}

async function importMaster(context: CheckContext, { scheme, keyType }: Scheme): Promise<Master> {
  if (!isAsymmetric(keyType)) throw new TypeError("no public half");
  const row = expectPresent(
    context.capabilities
      .rowsFor("import:private", keyType)
      .find((candidate) => candidate.hierarchical?.includes(scheme)),
    "no row",
  );
  const pair = generateKeyPair(keyType);
  const privateKey = { ...privateMaterial(pair, row.privateFormats), chainCode: randomBytes(32) };
  context.secrets.knowPrivateKey(`an imported ${keyType} private key`, privateKey);
  const algorithms = row.keyAlgorithms?.find((set) => set.includes(scheme)) ?? row.keyAlgorithms?.[0];
  const record = await context.provider.keys.import({
    kind: "private",
    privateKey,
    hierarchical: scheme,
    usages: usagesOf(row.usages),
    label: context.newLabel(),
    ...(algorithms === undefined ? {} : { algorithms }),
  });
  return { record, node: nodeOf(pair, privateKey.chainCode) };
}

function usagesOf(sets: CheckContext["capabilities"]["declaration"]["rows"][number]["usages"]) {
  return sets?.find((set) => set.includes("derive")) ?? ["derive" as const];
}

function nodeOf(pair: KnownKeyPair, chainCode: Uint8Array): Node {
  const secret = pair.forms.scalar ?? pair.forms.seed;
  const publicKey = isWeierstrassKeyType(pair.keyType) ? pair.publicKey.toCompressed() : pair.publicKey.toRaw();
  return { publicKey, chainCode, ...(secret === undefined ? {} : { secret }) };
}

/** Derives a child with the usages and algorithms its row has. */
async function child(context: CheckContext, { keyType }: Scheme, master: KeyRecord, path: string): Promise<KeyRecord> {
  const row = context.capabilities.rowsFor("derive:hd", keyType)[0];
  return context.provider.keys.derive({
    kind: "hd",
    key: master.uri,
    path,
    ...usualAttributes(context.capabilities, keyType, row),
    label: context.newLabel(),
  });
}

function computed(scheme: Scheme): Check {
  const { keyType } = scheme;
  return {
    id: `derive-hd.${slug(scheme.scheme)}.${slug(keyType)}.computed`,
    group,
    title: `${scheme.scheme} children of a ${keyType} master are the ones computed outside`,
    requirement:
      "DeriveHdRequest: the child of the standard (BIP-32, SLIP-0010) or of the documented scheme, for one step and for several.",
    needs: [
      operation({ operation: "import:private", keyType, hierarchical: scheme.scheme }),
      operation({ operation: "derive:hd", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { record, node } = await importMaster(context, scheme);
      expectThat(record.hierarchical?.master === true, "the record does not say that it is a master");
      for (const path of pathsOf(scheme)) {
        const made = await child(context, scheme, record, path);
        const publicKey = await context.provider.keys.getPublic(made.uri);
        const expected = childPublicKey(scheme.scheme, keyType, node, path);
        expectThat(publicKey.equals(expected), `the child at ${path} is not the one of ${scheme.scheme}`);
        expectThat(made.origin === "derived" || made.origin === "unknown", `the child's origin is "${made.origin}"`);
        expectThat(made.id !== record.id, "the child has the master's id");
      }
    },
  };
}

function hardened(scheme: Scheme): Check {
  const { keyType } = scheme;
  const path = neverHardened(scheme) || !hardenedOnly(scheme) ? "m/44'/0" : "m/44";
  return {
    id: `derive-hd.${slug(scheme.scheme)}.${slug(keyType)}.hardened`,
    group,
    title: hardenedOnly(scheme)
      ? `${scheme.scheme} on ${keyType} has hardened steps only`
      : `Hardened steps of ${scheme.scheme} on ${keyType} are right, or refused`,
    requirement: hardenedOnly(scheme)
      ? "SLIP-0010: Ed25519 and Curve25519 have hardened derivation only; another step is refused."
      : "DeriveHdRequest.path: ' or h for hardened steps where the scheme has them; refused elsewhere, never derived otherwise.",
    needs: [
      operation({ operation: "import:private", keyType, hierarchical: scheme.scheme }),
      operation({ operation: "derive:hd", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const { record, node } = await importMaster(context, scheme);
      const refusals = ["UnsupportedCapability", "InvalidRequest"] as const;
      if (hardenedOnly(scheme) || neverHardened(scheme)) {
        await expectRejection(refusals, `the path ${path}`, () => child(context, scheme, record, path));
        return;
      }
      let made: KeyRecord;
      try {
        made = await child(context, scheme, record, path);
      } catch (error) {
        // A vendor may have no hardened steps; then it has to say so.
        await expectRejection(refusals, `the path ${path}`, async () => {
          throw error;
        });
        return;
      }
      const publicKey = await context.provider.keys.getPublic(made.uri);
      expectThat(publicKey.equals(childPublicKey(scheme.scheme, keyType, node, path)), `the child at ${path} is wrong`);
    },
  };
}

function ownMaster(scheme: Scheme): Check {
  const { keyType } = scheme;
  return {
    id: `derive-hd.${slug(scheme.scheme)}.${slug(keyType)}.created`,
    group,
    title: `A created ${keyType} master has ${scheme.scheme} children`,
    requirement:
      "CreateRequest.hierarchical: makes a master key; the same path gives the same child, another path another one.",
    needs: [
      operation({ operation: "create", keyType, hierarchical: scheme.scheme }),
      operation({ operation: "derive:hd", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const row = expectPresent(
        context.capabilities
          .rowsFor("create", keyType)
          .find((candidate) => candidate.hierarchical?.includes(scheme.scheme)),
        "no row",
      );
      const algorithms = row.keyAlgorithms?.find((set) => set.includes(scheme.scheme)) ?? row.keyAlgorithms?.[0];
      const master = await context.provider.keys.create({
        keyType,
        hierarchical: scheme.scheme,
        usages: usagesOf(row.usages),
        label: context.newLabel(),
        ...(algorithms === undefined ? {} : { algorithms }),
      });
      expectThat(master.hierarchical?.scheme === scheme.scheme, "the record does not name the scheme");
      const [first = "m/0", second = "m/1"] = pathsOf(scheme);
      const made = await child(context, scheme, master, first);
      const other = await child(context, scheme, master, second);
      const publicKeys = [
        await context.provider.keys.getPublic(made.uri),
        await context.provider.keys.getPublic(other.uri),
        await context.provider.keys.getPublic(master.uri),
      ] as const;
      expectThat(!publicKeys[0].equals(publicKeys[1]), "two paths give the same child");
      expectThat(!publicKeys[0].equals(publicKeys[2]), "the child is the master");
      expectThat(made.hierarchical === undefined || made.hierarchical.path === first, "the record names another path");
    },
  };
}

function noMaster({ keyType, scheme }: Scheme): Check {
  return {
    id: `derive-hd.${slug(scheme)}.${slug(keyType)}.no-master`,
    group,
    title: `A ${keyType} key that is no master has no children`,
    requirement:
      "DeriveHdRequest.key: the master key; a key that was not made one has no chain code, so it is refused.",
    needs: [
      operation({ operation: "create", keyType, hierarchical: scheme }),
      operation({ operation: "derive:hd", keyType }),
    ],
    makesKeys: true,
    async run(context) {
      const row = expectPresent(context.capabilities.rowsFor("create", keyType)[0], "no row");
      const label = context.newLabel();
      const usual = usualAttributes(context.capabilities, keyType, row);
      const record = await context.provider.keys.create({ keyType, ...usual, label });
      await expectRejection(
        ["InvalidRequest", "UnsupportedCapability", "UsageNotPermitted", "OperationRefused"],
        "a child of a key that is no master",
        () => child(context, { keyType, scheme }, record, "m/0'"),
      );
    },
  };
}

/** The checks of HD derivation. */
export const DERIVE_HD_CHECKS: readonly Check[] = SCHEMES.flatMap((scheme) => [
  computed(scheme),
  hardened(scheme),
  ownMaster(scheme),
  noMaster(scheme),
]);
