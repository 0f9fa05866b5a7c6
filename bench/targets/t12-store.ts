/** T12: the SQLite store against the disk and against itself at other sizes. */

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { atLeast, atMost, medianTime, ratio, type Row } from "../compare.ts";
import { makeKey, port } from "../fixtures.ts";
import { sqliteProvider, type SqliteFixture } from "../sqlite-fixture.ts";

/** The large store: 1,000,000 keys with `--full`, else a tenth of it. */
export async function t12Store(full: boolean): Promise<Row[]> {
  return [...(await durableWrites()), ...(await sizes(full ? 1_000_000 : 100_000))];
}

async function durableWrites(): Promise<Row[]> {
  const store = await sqliteProvider();
  const file = openSync(path.join(store.folder, "raw"), "w");
  const block = randomBytes(600);
  const append = (): void => {
    writeSync(file, block);
    fdatasyncSync(file);
  };
  const create = (): Promise<unknown> => makeKey(store.provider, "AES-256", ["encrypt"]);
  const alone = await ratio(create, append, { roundMs: 300 });
  const many = await ratio(create, append, { roundMs: 300, inFlight: { ours: 32, theirs: 1 } });
  closeSync(file);
  await store.remove();
  return [
    atLeast("T12", "durable create, 1 in flight, against append + fdatasync", 0.9, alone),
    atLeast("T12", "durable create, 32 in flight, against append + fdatasync", 8, many),
  ];
}

async function sizes(large: number): Promise<Row[]> {
  const small = await filled(1000);
  const big = await filled(large);
  const get = (store: Filled): (() => Promise<unknown>) => {
    let index = 0;
    const catalog = port(store.provider, "catalog");
    return () => {
      index = (index + 7919) % store.uris.length;
      return catalog.get(store.uris[index] ?? "");
    };
  };
  const page = (store: Filled): (() => Promise<unknown>) => {
    const catalog = port(store.provider, "catalog");
    return async () => {
      let seen = 0;
      for await (const record of catalog.list({ pageSize: 100 })) {
        if (record.id !== "" && (seen += 1) === 100) break;
      }
    };
  };
  const gets = await ratio(get(big), get(small));
  const pages = 1 / (await ratio(page(big), page(small)));
  const first = await medianTime(page(big));
  await small.remove();
  await big.remove();
  const size = large.toLocaleString("en");
  const reason = large < 1_000_000 ? "the sample has 100,000 keys; run with --full for 1,000,000" : undefined;
  return [
    atLeast("T12", `get by id among ${size} keys against among 1,000`, 0.6, gets, reason),
    atMost(
      "T12",
      `page of 100 among ${size} keys (${first.toFixed(2)} ms) against among 1,000`,
      1.4,
      pages,
      "x",
      reason,
    ),
  ];
}

interface Filled extends SqliteFixture {
  /** Every 100th key. */
  readonly uris: readonly string[];
}

async function filled(count: number): Promise<Filled> {
  const store = await sqliteProvider();
  const uris: string[] = [];
  const secret = randomBytes(32);
  for (let made = 0; made < count; made += 500) {
    const batch = Array.from({ length: Math.min(500, count - made) }, () =>
      store.provider.keys.import({ kind: "secret", keyType: "AES-256", secret, usages: ["encrypt"], label: "bench" }),
    );
    const records = await Promise.all(batch);
    uris.push(...records.filter((_record, index) => index % 100 === 0).map((record) => record.uri));
  }
  return { ...store, uris };
}
