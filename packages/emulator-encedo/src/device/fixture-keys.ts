/** Records that get into the repository without a request. */

import { KeyrailError } from "@keyrail/core";
import { randomBytes } from "node:crypto";

import { LABEL_CHARACTERS } from "../assumptions.ts";
import type { EmulatorCertificates } from "../certificates/authority.ts";
import { computeKid, usageFlags, type Flag, type KeyRecord } from "../keymgmt/key-record.ts";
import { isSymmetric, KEY_TYPE_FACTS } from "../keymgmt/key-types.ts";
import { DESCRIPTION_LIMIT, LABEL_LIMIT } from "../limits.ts";
import type { FixtureKey } from "../options.ts";
import { generateKeyPair, isMlDsa, isMlKem, publicKeyOf } from "../primitives/asymmetric.ts";
import type { Device } from "./device.ts";

/**
 * Puts keys into the repository as if the device had generated them.
 *
 * @returns their kids, in order. Throws `InvalidConfiguration` for a key the device could not hold.
 */
export function addFixtureKeys(device: Device, keys: readonly FixtureKey[]): readonly string[] {
  const kids = keys.map((key, index) => {
    const record = fixtureRecord(device, key, `keys.${index}`);
    if (device.keys.add(record) !== "added") throw invalid(`keys.${index}`, "already there, or every slot is taken");
    return record.kid;
  });
  device.persist();
  return kids;
}

/** Adds the records of the device's own TLS key and certificate. */
export function addTlsRecords(device: Device, certificates: EmulatorCertificates): void {
  const now = device.clock.seconds();
  const common = { type: "GENERIC_DER", description: new Uint8Array(0), created: now, updated: now } as const;
  const flags = (...names: Flag[]): ReadonlySet<Flag> => new Set(names);
  device.keys.add({
    ...common,
    kid: computeKid(certificates.serverKeyDer),
    flags: flags("ATT", "PKEY"),
    label: "TLS key",
    secretKey: certificates.serverKeyDer,
  });
  device.keys.add({
    ...common,
    kid: computeKid(certificates.serverDer),
    flags: flags("CERT"),
    label: "TLS certificate",
    publicKey: certificates.serverDer,
  });
}

function fixtureRecord(device: Device, key: FixtureKey, path: string): KeyRecord {
  const description = key.description ?? new Uint8Array(0);
  if (key.label.length < 1 || key.label.length > LABEL_LIMIT || !LABEL_CHARACTERS.test(key.label)) {
    throw invalid(`${path}.label`, "1 to 32 printable ASCII characters");
  }
  if (description.length > DESCRIPTION_LIMIT) throw invalid(`${path}.description`, "at most 64 bytes");
  const material = fixtureMaterial(key, path);
  const flags = usageFlags(key.type, key.mode).add("ATT");
  if (material.publicKey !== undefined) flags.add("PKEY");
  const now = device.clock.seconds();
  return {
    ...material,
    kid: computeKid(material.publicKey ?? material.secretKey),
    type: key.type,
    flags,
    label: key.label,
    description,
    created: now,
    updated: now,
  };
}

function fixtureMaterial(key: FixtureKey, path: string): { publicKey?: Uint8Array; secretKey: Uint8Array } {
  const { type, secretKey } = key;
  const length = KEY_TYPE_FACTS[type].derivedLength;
  if (isSymmetric(type)) {
    if (secretKey !== undefined && secretKey.length !== length) throw invalid(`${path}.secretKey`, `${length} bytes`);
    return { secretKey: secretKey?.slice() ?? new Uint8Array(randomBytes(length ?? 0)) };
  }
  if (secretKey === undefined) return generateKeyPair(type);
  if (isMlKem(type) || isMlDsa(type)) throw invalid(`${path}.secretKey`, "post-quantum keys are generated");
  const publicKey = publicKeyOf(type, secretKey);
  if (publicKey === undefined) throw invalid(`${path}.secretKey`, `a ${type} secret key`);
  return { publicKey, secretKey: secretKey.slice() };
}

function invalid(path: string, expected: string): KeyrailError {
  return new KeyrailError("InvalidConfiguration", `Fixture ${path} must be: ${expected}.`, { path });
}
