import fc from "fast-check";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { isKeyrailError, type KeyRecord } from "@keyrail/core";
import { openSoftwareProvider, type SoftwareProvider } from "../src/index.ts";
import { bytes, KEY_BYTES, openFile, passphrase, rejection, required, storePath } from "./support/stores.ts";

const COLUMNS = ["id", "label", "description", "attributes", "public_key", "sealed"] as const;
const RUNS = { seed: 20_251_121, numRuns: 150 };

interface Store {
  readonly path: string;
  readonly records: readonly KeyRecord[];
}

async function threeKeys(): Promise<Store> {
  const path = storePath();
  const provider = await openFile(path);
  const records: KeyRecord[] = [];
  for (const keyType of ["P-256", "Ed25519", "ML-DSA-44"] as const) {
    records.push(
      await provider.keys.create({ keyType, usages: ["sign", "verify"], label: `key ${keyType}`, description: "text" }),
    );
  }
  await provider.close();
  return { path, records };
}

function flipped(value: unknown, position: number, bit: number): Uint8Array {
  const copy = typeof value === "string" ? bytes(value) : Uint8Array.from(value as Uint8Array);
  const index = position % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << bit);
  return copy;
}

/** What list gives, and the error it ends with. */
async function listed(provider: SoftwareProvider): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = [];
  try {
    for await (const { id } of required(provider.catalog).list()) ids.push(id);
    return { ids, error: undefined };
  } catch (error) {
    return { ids, error };
  }
}

const ALGORITHMS = { "P-256": "ES256", Ed25519: "Ed25519", "ML-DSA-44": "ML-DSA-44" } as const;

async function signs(provider: SoftwareProvider, { uri, keyType }: KeyRecord): Promise<void> {
  if (keyType !== "P-256" && keyType !== "Ed25519" && keyType !== "ML-DSA-44") throw new Error("Another key.");
  const request = { key: uri, algorithm: ALGORITHMS[keyType], message: bytes("m") };
  const { signature } = await required(provider.signer).sign(request);
  expect(await required(provider.verifier).verify({ ...request, signature })).toBe(true);
}

describe("a flipped bit in a record", () => {
  test("anywhere in any column is that record's integrity error; the others work; nothing is hidden", async () => {
    const { path, records } = await threeKeys();
    const database = new DatabaseSync(path);
    const select = database.prepare(
      `SELECT sequence, ${COLUMNS.join(", ")} FROM keys ORDER BY sequence LIMIT 1 OFFSET ?`,
    );
    const property = fc.asyncProperty(
      fc.nat(2),
      fc.constantFrom(...COLUMNS),
      fc.nat(100_000),
      fc.nat(7),
      async (victim, column, position, bit) => {
        const row = required(select.get(victim) ?? undefined);
        const original = row[column] ?? null;
        const damaged = flipped(original, position, bit);
        // Text stays text, so that only the bits differ and not the type.
        const value =
          typeof original === "string"
            ? `CAST(x'${Buffer.from(damaged).toString("hex")}' AS TEXT)`
            : `x'${Buffer.from(damaged).toString("hex")}'`;
        const sequence = row["sequence"] ?? null;
        database.exec(`UPDATE keys SET ${column} = ${value} WHERE sequence = ${String(sequence)}`);
        const provider = await openSoftwareProvider({ store: { kind: "sqlite", path, keyEncryptionKey: KEY_BYTES } });
        try {
          const record = required(records[victim]);
          const error = await rejection(required(provider.catalog).get(record.uri), "IntegrityFailed");
          expect(error.context).toEqual({ key: record.id, store: path });
          await rejection(signs(provider, record), "IntegrityFailed");
          const others = records.filter((each) => each !== record);
          for (const other of others) await signs(provider, other);
          const list = await listed(provider);
          expect(list.ids).toEqual(others.map(({ id }) => id));
          expect(isKeyrailError(list.error, "IntegrityFailed")).toBe(true);
        } finally {
          await provider.close();
          database.prepare(`UPDATE keys SET ${column} = ? WHERE sequence = ?`).run(original, sequence);
        }
      },
    );
    await fc.assert(property, RUNS);
    database.close();
    const provider = await openFile(path);
    for (const record of records) await signs(provider, record);
  });

  test("columns swapped between records, or cleared, are found; a damaged record can be removed", async () => {
    const { path, records } = await threeKeys();
    const [first, second, third] = records;
    const database = new DatabaseSync(path);
    database.exec(`
      UPDATE keys SET sealed = (SELECT other.sealed FROM keys AS other WHERE other.sequence > keys.sequence ORDER BY other.sequence LIMIT 1)
        WHERE sequence = (SELECT min(sequence) FROM keys);
      UPDATE keys SET description = NULL WHERE label = 'key Ed25519'`);
    database.close();
    const provider = await openFile(path);
    const catalog = required(provider.catalog);
    await rejection(catalog.get(required(first).uri), "IntegrityFailed");
    await rejection(catalog.get(required(second).uri), "IntegrityFailed");
    await rejection(catalog.rename({ key: required(second).uri, label: "x" }), "IntegrityFailed");
    const list = await listed(provider);
    expect(list.ids).toEqual([required(third).id]);
    expect(isKeyrailError(list.error, "IntegrityFailed") && list.error.message).toContain("2 records");
    await catalog.remove(required(first).uri);
    await catalog.remove(required(second).uri);
    expect(await listed(provider)).toEqual({ ids: [required(third).id], error: undefined });
  });

  test("widened usages do not help: the key can't be used at all", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const { uri } = await provider.keys.create({ keyType: "Ed25519", usages: ["verify"], label: "k" });
    await provider.close();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE keys SET attributes = replace(attributes, '["verify"]', '["sign"]')`);
    database.close();
    const call = required((await openFile(path)).signer).sign({ key: uri, algorithm: "Ed25519", message: bytes("m") });
    await rejection(call, "IntegrityFailed");
  });
});

test("a flipped byte anywhere in the file is found or harms nothing: no key is ever changed or silently lost", async () => {
  const { path, records } = await threeKeys();
  const whole = readFileSync(path);
  const property = fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (position, bit) => {
    const copy = storePath();
    copyFileSync(path, copy);
    const file = Uint8Array.from(whole);
    file[position] = (file[position] ?? 0) ^ (1 << bit);
    writeFileSync(copy, file);
    let provider: SoftwareProvider | undefined;
    try {
      provider = await openSoftwareProvider({ store: { kind: "sqlite", path: copy, keyEncryptionKey: KEY_BYTES } });
      const list = await listed(provider);
      if (list.error !== undefined) expect(isKeyrailError(list.error)).toBe(true);
      for (const record of records) {
        const found = await required(provider.catalog)
          .get(record.id)
          .then(
            (kept) => kept,
            (error: unknown) => error,
          );
        if (isKeyrailError(found)) expect(["IntegrityFailed", "KeyNotFound", "StoreUnavailable"]).toContain(found.code);
        else {
          expect(JSON.parse(JSON.stringify({ ...(found as KeyRecord), uri: "" }))).toEqual(
            JSON.parse(JSON.stringify({ ...record, uri: "" })),
          );
          await signs(provider, { ...record, uri: record.id });
        }
        // A key that is not found by its id and not listed either must have been reported.
        if (isKeyrailError(found, "KeyNotFound"))
          expect(list.error !== undefined || list.ids.includes(record.id)).toBe(true);
      }
    } catch (error) {
      if (!isKeyrailError(error)) throw error;
      expect(["IntegrityFailed", "StoreUnavailable", "WrongPassphrase"]).toContain(error.code);
    } finally {
      await provider?.close();
    }
  });
  await fc.assert(property, { ...RUNS, numRuns: 250 });
});

test("a flipped bit in the header is told from a wrong passphrase", async () => {
  const path = storePath();
  await (await openFile(path, passphrase("right"))).close();
  const database = new DatabaseSync(path);
  const row = required(database.prepare("SELECT facts, wrapped_data_key, checksum FROM header").get() ?? undefined);
  const property = fc.asyncProperty(
    fc.constantFrom("facts", "wrapped_data_key", "checksum"),
    fc.nat(10_000),
    fc.nat(7),
    async (column, position, bit) => {
      const original = row[column] ?? null;
      const hex = Buffer.from(flipped(original, position, bit)).toString("hex");
      database.exec(
        `UPDATE header SET ${column} = ${typeof original === "string" ? `CAST(x'${hex}' AS TEXT)` : `x'${hex}'`}`,
      );
      const call = openSoftwareProvider({ store: { kind: "sqlite", path, keyEncryptionKey: passphrase("right") } });
      expect((await rejection(call, "IntegrityFailed")).context).toEqual({ store: path });
      database.prepare(`UPDATE header SET ${column} = ?`).run(original);
    },
  );
  await fc.assert(property, { ...RUNS, numRuns: 60 });
  database.close();
  await openFile(path, passphrase("right"));
});
