import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider, type SoftwareProviderOptions } from "@keyrail/software";

/** A store in a folder of its own. */
export interface SqliteFixture {
  readonly provider: Provider;
  readonly folder: string;
  remove(): Promise<void>;
}

/** Opens a SQLite store in a new temporary folder; `KEYRAIL_BENCH_DIR` chooses the disk. */
export async function sqliteProvider(options: Omit<SoftwareProviderOptions, "store"> = {}): Promise<SqliteFixture> {
  const folder = await mkdtemp(path.join(process.env.KEYRAIL_BENCH_DIR ?? tmpdir(), "keyrail-bench-"));
  const provider = await openSoftwareProvider({
    store: { kind: "sqlite", path: path.join(folder, "keys.sqlite"), keyEncryptionKey: { bytes: randomBytes(32) } },
    ...options,
  });
  return {
    provider,
    folder,
    async remove() {
      await provider.close();
      await rm(folder, { recursive: true });
    },
  };
}
