/** Every key type and format, both ways, against node:crypto. */

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { PublicKey, isNamedCurveKeyType } from "@keyrail/core";
import { describe, expect, it } from "vitest";
import { encryptPkcs8, readKeyFile, writeKeyFile, writePkcs8, writeSec1, writePrivateJwk } from "../../src/index.ts";
import {
  NODE_KEY_TYPES,
  PASSWORD,
  generateKeyPair,
  pkcs8Of,
  readPrivate,
  spkiOf,
  textBytes,
} from "./generated-keys.ts";

const importPkcs8 = (der: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
const ENCRYPTED = { type: "pkcs8", format: "pem", passphrase: Buffer.from(PASSWORD) } as const;

describe.each(NODE_KEY_TYPES)("%s", (keyType) => {
  const pair = generateKeyPair(keyType);
  const expected = PublicKey.fromSpki(spkiOf(pair.publicKey));

  it("PKCS#8: reads what Node.js writes, writes byte for byte the same", async () => {
    const der = pkcs8Of(pair.privateKey);
    const { material, publicKey } = await readPrivate(new Uint8Array(der));
    expect(material.keyType).toBe(keyType);
    expect(publicKey === undefined || publicKey.equals(expected)).toBe(true);
    expect(Buffer.from(writePkcs8(material, expected))).toEqual(der);
    expect(importPkcs8(writePkcs8(material)).equals(pair.privateKey)).toBe(true);
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" });
    expect((await readPrivate(pem)).material).toEqual(material);
    expect(Buffer.from(await writeKeyFile(material, expected, { format: "pkcs8-pem" })).toString()).toBe(pem);
  });

  it.each(["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"])("encrypted PKCS#8: reads %s", async (cipher) => {
    const pem = pair.privateKey.export({ ...ENCRYPTED, cipher });
    const { material } = await readPrivate(pem, { password: PASSWORD });
    expect(importPkcs8(writePkcs8(material)).equals(pair.privateKey)).toBe(true);
  });

  it("encrypted PKCS#8: Node.js reads what we write", async () => {
    const { material } = await readPrivate(new Uint8Array(pkcs8Of(pair.privateKey)));
    const der = await encryptPkcs8(writePkcs8(material, expected), PASSWORD, { iterations: 10_000 });
    const read = createPrivateKey({
      key: Buffer.from(der),
      format: "der",
      type: "pkcs8",
      passphrase: Buffer.from(PASSWORD),
    });
    expect(read.equals(pair.privateKey)).toBe(true);
    expect((await readPrivate(der, { password: PASSWORD })).material).toEqual(material);
  });

  it("JWK: reads what Node.js writes, Node.js reads what we write", async () => {
    const jwk = pair.privateKey.export({ format: "jwk" });
    const { material, publicKey } = await readPrivate(JSON.stringify(jwk));
    expect(publicKey?.equals(expected)).toBe(true);
    const ours = writePrivateJwk(material, expected);
    expect(ours).toEqual(jwk);
    expect(createPrivateKey({ key: { ...ours }, format: "jwk" }).equals(pair.privateKey)).toBe(true);
  });

  it("SPKI, public PEM and public JWK", async () => {
    const files = [
      new Uint8Array(spkiOf(pair.publicKey)),
      textBytes(pair.publicKey.export({ type: "spki", format: "pem" })),
      textBytes(JSON.stringify(pair.publicKey.export({ format: "jwk" }))),
    ];
    for (const file of files) {
      const key = await readKeyFile(file, { keyType });
      expect(key.kind === "public" && key.publicKey.equals(expected)).toBe(true);
    }
    expect(createPublicKey({ key: expected.toPem(), format: "pem" }).equals(pair.publicKey)).toBe(true);
  });

  it("raw and hexadecimal with the key type", async () => {
    const { material } = await readPrivate(new Uint8Array(pkcs8Of(pair.privateKey)));
    for (const format of ["raw", "hex"] as const) {
      const file = await writeKeyFile(material, expected, { format });
      expect((await readPrivate(file, { keyType })).material).toEqual(material);
      expect((await readPrivate(file, { keyType, format })).material).toEqual(material);
    }
  });
});

describe.each(NODE_KEY_TYPES.filter((keyType) => isNamedCurveKeyType(keyType)))("%s", (keyType) => {
  it("SEC 1: reads what Node.js writes, writes byte for byte the same", async () => {
    const pair = generateKeyPair(keyType);
    const expected = PublicKey.fromSpki(spkiOf(pair.publicKey));
    const der = pair.privateKey.export({ type: "sec1", format: "der" });
    const { material, publicKey } = await readPrivate(new Uint8Array(der));
    expect(publicKey?.equals(expected)).toBe(true);
    expect(Buffer.from(writeSec1(material, expected))).toEqual(der);
    expect((await readPrivate(writeSec1(material))).material).toEqual(material);
    const pem = pair.privateKey.export({ type: "sec1", format: "pem" });
    expect((await readPrivate(pem)).material).toEqual(material);
    expect(Buffer.from(await writeKeyFile(material, expected, { format: "sec1-pem" })).toString()).toBe(pem);
  });
});
