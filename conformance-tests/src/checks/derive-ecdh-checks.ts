/** `KeyStore.derive` by agreement into a stored key: both sides have the same key. */

import { hkdfSync } from "node:crypto";
import {
  explain,
  isKeyrailError,
  type KeyRecord,
  type KeyType,
  KEY_TYPES,
  type MacAlgorithm,
  type Peer,
  type RowParameter,
} from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectThat, sameBytes } from "../expect.ts";
import { operation } from "../needs.ts";
import { Blocked } from "../outcome.ts";
import { agreeOutside } from "../reference/agreement.ts";
import { KEY_TYPES_OF, slug } from "../reference/algorithms.ts";
import { decryptOutside, type Parts } from "../reference/ciphers.ts";
import { generateKeyPair, isAsymmetric } from "../reference/key-material.ts";
import { testMessage, utf8 } from "../reference/random.ts";
import type { Fixture } from "../runner/fixtures.ts";
import { createHmac } from "node:crypto";

const SOURCES = KEY_TYPES_OF["ECDH-HKDF-SHA-256"];
const group = "derive-ecdh" as const;

interface Derivation {
  readonly source: KeyType;
  readonly target: KeyType;
}

async function sourceKey(context: CheckContext, { source }: Derivation, own = false): Promise<Fixture> {
  const algorithms = ["ECDH-HKDF-SHA-256"] as const;
  return context.fixtures.get(context.provider, { keyType: source, usages: ["derive"], algorithms, own });
}

/** Derives; a provider that finds the result there already says so, which is agreement too. */
async function derive(
  context: CheckContext,
  { source, target }: Derivation,
  key: string,
  peer: Peer,
  inputs: { readonly salt?: Uint8Array; readonly info?: Uint8Array } = {},
): Promise<KeyRecord | "exists"> {
  const rows = context.capabilities.rowsFor("derive:ecdh", source);
  const row = expectPresent(
    rows.find((candidate) => candidate.targets?.includes(target) !== false),
    "no row",
  );
  try {
    return await context.provider.keys.derive({
      kind: "ecdh",
      key,
      peer,
      keyType: target,
      ...usualAttributes(context.capabilities, target, row),
      label: context.newLabel(),
      ...inputs,
    });
  } catch (error) {
    if (isKeyrailError(error, "KeyExists")) return "exists";
    throw error;
  }
}

const MAC_OF: Readonly<Partial<Record<KeyType, MacAlgorithm>>> = {
  "HMAC-SHA-256": "HS256",
  "HMAC-SHA-384": "HS384",
  "HMAC-SHA-512": "HS512",
  "HMAC-SHA3-256": "HMAC-SHA3-256",
  "HMAC-SHA3-384": "HMAC-SHA3-384",
  "HMAC-SHA3-512": "HMAC-SHA3-512",
};

/** Whether two keys of the provider are the same, by using them. */
async function sameKey(context: CheckContext, left: KeyRecord, right: KeyRecord): Promise<boolean> {
  const { provider } = context;
  if (isAsymmetric(left.keyType)) {
    return (await provider.keys.getPublic(left.uri)).equals(await provider.keys.getPublic(right.uri));
  }
  const macAlgorithm = MAC_OF[left.keyType];
  if (macAlgorithm !== undefined && provider.mac !== undefined) {
    const message = testMessage(32);
    const tag = (key: string): Promise<Uint8Array> =>
      expectPresent(provider.mac, "no port").mac({ key, algorithm: macAlgorithm, message });
    return sameBytes(await tag(left.uri), await tag(right.uri));
  }
  const { cipher } = provider;
  const algorithm = cipherOf(context, left.keyType);
  if (cipher === undefined || algorithm === undefined) throw new Blocked(`A ${left.keyType} key can't be used here.`);
  const plaintext = testMessage(32);
  const parts = await cipher.encrypt({ key: left.uri, algorithm, plaintext });
  try {
    return sameBytes(await cipher.decrypt({ key: right.uri, algorithm, ...parts }), plaintext);
  } catch (error) {
    if (isKeyrailError(error, "DecryptionFailed")) return false;
    throw error;
  }
}

function cipherOf(context: CheckContext, keyType: KeyType) {
  const names = { "AES-128": "A128GCM", "AES-192": "A192GCM", "AES-256": "A256GCM" } as const;
  const algorithm =
    keyType === "AES-128" || keyType === "AES-192" || keyType === "AES-256" ? names[keyType] : undefined;
  if (algorithm === undefined) return undefined;
  return explain(context.capabilities, { operation: "decrypt", keyType, algorithm }).supported ? algorithm : undefined;
}

function bothSides(derivation: Derivation): Check {
  const { source, target } = derivation;
  return {
    id: `derive-ecdh.${slug(source)}.${slug(target)}.both-sides`,
    group,
    title: `Both sides of a ${source} agreement have the same ${target} key`,
    requirement:
      "DeriveEcdhRequest: agrees with a peer and keeps the result as a new key: the same on both sides, another one with another peer.",
    needs: [operation({ operation: "derive:ecdh", keyType: source, target })],
    makesKeys: true,
    async run(context) {
      const own = await sourceKey(context, derivation);
      const peer = await sourceKey(context, derivation, true);
      const peerPublic = await context.fixtures.publicKey(context.provider, peer);
      const ownPublic = await context.fixtures.publicKey(context.provider, own);
      const here = await derive(context, derivation, own.key, { publicKey: peerPublic });
      expectThat(here !== "exists", "a first derivation is refused as one that exists");
      expectThat(here.keyType === target, `the derived key is a ${here.keyType} key`);
      expectThat(here.origin === "derived" || here.origin === "unknown", `its origin is "${here.origin}"`);
      expectThat(here.id !== own.record.id, "the derived key has the id of its source");
      const there = await derive(context, derivation, peer.key, { publicKey: ownPublic });
      if (there !== "exists") expectThat(await sameKey(context, here, there), "the two sides have different keys");
      const third = isAsymmetric(source) ? generateKeyPair(source).publicKey : peerPublic;
      const other = await derive(context, derivation, own.key, { publicKey: third });
      expectThat(other !== "exists" && !(await sameKey(context, here, other)), "another peer gives the same key");
    },
  };
}

function peerKey(derivation: Derivation): Check {
  const { source, target } = derivation;
  return {
    id: `derive-ecdh.${slug(source)}.peer-key`,
    group,
    title: `Derives with a ${source} peer that the provider holds`,
    requirement: "Peer: a key the same provider holds gives the same key as its public key does.",
    needs: [operation({ operation: "derive:ecdh", keyType: source, target, parameters: ["peerKey"] })],
    makesKeys: true,
    async run(context) {
      const own = await sourceKey(context, derivation);
      const peer = await sourceKey(context, derivation, true);
      const publicKey = await context.fixtures.publicKey(context.provider, peer);
      const byKey = await derive(context, derivation, own.key, { key: peer.key });
      const byPublicKey = await derive(context, derivation, own.key, { publicKey });
      expectThat(byKey !== "exists", "a first derivation is refused as one that exists");
      if (byPublicKey === "exists") return;
      expectThat(await sameKey(context, byKey, byPublicKey), "the peer's key and its public key give different keys");
    },
  };
}

function input(derivation: Derivation, parameter: "salt" | "info"): Check {
  const { source, target } = derivation;
  const parameters: readonly RowParameter[] = [parameter];
  return {
    id: `derive-ecdh.${slug(source)}.${parameter}`,
    group,
    title: `The ${parameter} goes into the key derived by ${source}`,
    requirement: `DeriveEcdhRequest.${parameter}: the HKDF ${parameter}; with it, the key is HKDF-SHA-256 of the raw secret, as others compute it.`,
    needs: [operation({ operation: "derive:ecdh", keyType: source, target, parameters })],
    makesKeys: true,
    async run(context) {
      if (!isAsymmetric(source)) return;
      const own = await sourceKey(context, derivation);
      const pair = generateKeyPair(source);
      const ownPublic = await context.fixtures.publicKey(context.provider, own);
      const given = { [parameter]: utf8("keyrail conformance") };
      const peer = { publicKey: pair.publicKey };
      const made = await derive(context, derivation, own.key, peer, given);
      const plain = await derive(context, derivation, own.key, peer);
      expectThat(made !== "exists" && plain !== "exists", "a first derivation is refused as one that exists");
      expectThat(!(await sameKey(context, made, plain)), `the ${parameter} changes nothing`);
      const secret = agreeOutside(pair, ownPublic);
      const { salt = new Uint8Array(0), info = new Uint8Array(0) }: { salt?: Uint8Array; info?: Uint8Array } = given;
      const bytes = target === "AES-256" ? 32 : (KEY_BYTES[target] ?? 32);
      const expected = new Uint8Array(hkdfSync("sha256", secret, salt, info, bytes));
      expectThat(await isKey(context, made, expected), "the key is not HKDF-SHA-256 of the raw secret");
    },
  };
}

const KEY_BYTES: Readonly<Partial<Record<KeyType, number>>> = {
  "AES-128": 16,
  "AES-192": 24,
  "AES-256": 32,
  "HMAC-SHA-256": 32,
  "HMAC-SHA-384": 48,
  "HMAC-SHA-512": 64,
};

/** Whether a symmetric key of the provider has these bytes, by using it. */
async function isKey(context: CheckContext, record: KeyRecord, bytes: Uint8Array): Promise<boolean> {
  const { mac, cipher } = context.provider;
  const message = testMessage(32);
  if (record.keyType === "HMAC-SHA-256" && mac !== undefined) {
    const tag = await mac.mac({ key: record.uri, algorithm: "HS256", message });
    return sameBytes(tag, new Uint8Array(createHmac("sha256", bytes).update(message).digest()));
  }
  if (record.keyType === "AES-256" && cipher !== undefined) {
    const parts: Parts = await cipher.encrypt({ key: record.uri, algorithm: "A256GCM", plaintext: message });
    return decryptOutside("A256GCM", bytes, parts) !== undefined;
  }
  throw new Blocked(`A ${record.keyType} key can't be used here.`);
}

const EVERY_TARGET: readonly Check[] = KEY_TYPES.map((target): Check => ({
  id: `derive-ecdh.into.${slug(target)}`,
  group,
  title: `Makes ${target} keys by agreement`,
  requirement: "CapabilityRow.targets: every declared type of key can be made by agreement, and is the same each time.",
  needs: [operation({ operation: "derive:ecdh", target })],
  makesKeys: true,
  async run(context) {
    const source = SOURCES.find(
      (candidate) => explain(context.capabilities, { operation: "derive:ecdh", keyType: candidate, target }).supported,
    );
    const derivation = { source: expectPresent(source, "no source"), target };
    if (!isAsymmetric(derivation.source)) return;
    const own = await sourceKey(context, derivation);
    const peer = { publicKey: generateKeyPair(derivation.source).publicKey };
    const first = await derive(context, derivation, own.key, peer);
    const second = await derive(context, derivation, own.key, peer);
    expectThat(first !== "exists", "a first derivation is refused as one that exists");
    expectThat(first.keyType === target, `the derived key is a ${first.keyType} key`);
    if (second === "exists" || target.startsWith("HMAC-SHA3") || target === "AES-128") return;
    expectThat(await sameKey(context, first, second), "the same agreement gives two keys");
  },
}));

/** The checks of derivation by agreement. */
export const DERIVE_ECDH_CHECKS: readonly Check[] = [
  ...SOURCES.flatMap((source) => [
    bothSides({ source, target: "HMAC-SHA-256" }),
    bothSides({ source, target: "AES-256" }),
    peerKey({ source, target: "HMAC-SHA-256" }),
    input({ source, target: "HMAC-SHA-256" }, "salt"),
    input({ source, target: "HMAC-SHA-256" }, "info"),
  ]),
  ...EVERY_TARGET,
];
