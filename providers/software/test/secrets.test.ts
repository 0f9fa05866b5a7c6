import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { AuditEvent, OperationFacts } from "@keyrail/core";
import { openSoftwareProvider, type SoftwareProvider } from "../src/index.ts";
import { bytes, openFile, openMemory, passphrase, required, storePath } from "./support/stores.ts";

// Bytes that are found again whatever a leak may have made of them.
const SECRET = new Uint8Array(Buffer.from("5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0ffee0001", "hex"));
const PASSPHRASE = "correct horse battery staple";

function forms(secret: Uint8Array): string[] {
  const buffer = Buffer.from(secret);
  return [
    buffer.toString("hex"),
    buffer.toString("base64").slice(0, 40),
    buffer.toString("base64url").slice(0, 40),
    buffer.toString("latin1"),
    [...secret].slice(0, 12).join(", "),
    [...secret].slice(0, 12).join(","),
  ];
}

function expectNone(text: string): void {
  for (const form of [...forms(SECRET), PASSPHRASE, ...forms(bytes(PASSPHRASE))]) expect(text).not.toContain(form);
}

function shown(value: unknown): string {
  const options = { depth: 20, showHidden: true, getters: true, maxArrayLength: 10_000, maxStringLength: 100_000 };
  return `${inspect(value, options)} ${JSON.stringify(value) ?? ""} ${String(value)}`;
}

async function withSecret(provider: SoftwareProvider): Promise<string[]> {
  const attributes = { label: "known secret", extractable: true } as const;
  const records = [
    await provider.keys.import({
      ...attributes,
      kind: "secret",
      keyType: "AES-256",
      secret: SECRET,
      usages: ["encrypt", "wrap"],
    }),
    await provider.keys.import({
      ...attributes,
      kind: "secret",
      keyType: "HMAC-SHA-256",
      secret: SECRET,
      usages: ["mac"],
    }),
    await provider.keys.import({
      ...attributes,
      kind: "private",
      privateKey: { keyType: "P-256", format: "scalar", bytes: SECRET },
      usages: ["sign", "verify", "derive"],
    }),
    await provider.keys.import({
      ...attributes,
      kind: "private",
      privateKey: { keyType: "Ed25519", format: "seed", bytes: SECRET, chainCode: SECRET },
      hierarchical: "SLIP10",
      usages: ["sign", "derive"],
    }),
  ];
  expectNone(shown(records));
  return records.map(({ uri }) => uri);
}

describe("no secret is to be seen", () => {
  test("in providers, records, handles, telemetry and audit", async () => {
    const seen: unknown[] = [];
    const telemetry = {
      start: (facts: OperationFacts) => {
        seen.push(facts);
        return (outcome: string) => void seen.push(outcome);
      },
    };
    const audit = {
      before: (facts: OperationFacts) => void seen.push(facts),
      after: (event: AuditEvent) => void seen.push(event),
    };
    for (const provider of [
      await openMemory({ telemetry, audit }),
      await openFile(storePath(), passphrase(PASSPHRASE), { telemetry, audit }),
    ]) {
      const uris = await withSecret(provider);
      for (const uri of uris) {
        const handle = await required(provider.opener).open(uri);
        expectNone(shown(handle));
        await required(provider.keyExport).export(uri);
      }
      expectNone(shown(provider));
    }
    expect(seen.length).toBeGreaterThan(20);
    expectNone(shown(seen));
  });

  test("in any error, its cause and its context", async () => {
    const provider = await openFile(storePath(), passphrase(PASSPHRASE));
    const uris = await withSecret(provider);
    const [aes = "", , p256 = "", ed25519 = ""] = uris;
    const invalid = { keyType: "P-256", format: "seed", bytes: SECRET } as const;
    const calls: (() => Promise<unknown>)[] = [
      () => provider.keys.import({ kind: "private", privateKey: invalid, usages: ["sign"], label: "x" }),
      () =>
        provider.keys.import({ kind: "secret", keyType: "AES-128", secret: SECRET, usages: ["encrypt"], label: "x" }),
      () =>
        provider.keys.import({
          kind: "private",
          privateKey: { keyType: "ML-KEM-512", format: "expanded", bytes: new Uint8Array(1632).fill(0xff) },
          usages: ["encapsulate"],
          label: "x",
        }),
      () =>
        required(provider.cipher).decrypt({
          key: aes,
          algorithm: "A256GCM",
          ciphertext: SECRET,
          iv: SECRET.subarray(0, 12),
          tag: SECRET.subarray(0, 16),
        }),
      () =>
        required(provider.cipher).decrypt({
          key: aes,
          algorithm: "A256CBC",
          ciphertext: SECRET,
          iv: SECRET.subarray(0, 16),
        }),
      () => required(provider.keyWrap).unwrap({ key: aes, algorithm: "A256KW", wrapped: new Uint8Array(40) }),
      () => required(provider.keyWrap).wrap({ key: aes, algorithm: "A256KW", plaintext: SECRET.subarray(0, 17) }),
      () => required(provider.signer).sign({ key: p256, algorithm: "ES256", digest: SECRET.subarray(1) }),
      () => provider.keys.derive({ kind: "hd", key: ed25519, path: "m/1", usages: ["sign"], label: "x" }),
      () =>
        openSoftwareProvider({
          store: {
            kind: "sqlite",
            path: provider.uri.slice("software:".length),
            keyEncryptionKey: passphrase(`${PASSPHRASE}!`),
          },
        }),
      () =>
        openSoftwareProvider({
          store: { kind: "sqlite", path: provider.uri.slice("software:".length), keyEncryptionKey: { bytes: SECRET } },
        }),
    ];
    for (const call of calls) {
      const error: unknown = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      expectNone(shown(error));
    }
  });

  test("in the files of a store, closed or at work", async () => {
    const path = storePath();
    const provider = await openFile(path, passphrase(PASSPHRASE));
    await withSecret(provider);
    const read = (): string =>
      readdirSync(dirname(path))
        .map((file) => readFileSync(join(dirname(path), file), "latin1"))
        .join("");
    expectNone(read());
    await provider.close();
    expectNone(read());
    expect(read()).toContain("known secret");
  });

  test("of a removed key: not even its sealed record", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const uris = await withSecret(provider);
    const read = (): string =>
      readdirSync(dirname(path))
        .map((file) => readFileSync(join(dirname(path), file), "latin1"))
        .join("");
    expect(read()).toContain("known secret");
    for (const uri of uris) await required(provider.catalog).remove(uri);
    expect(read()).not.toContain("known secret");
  });
});
