/** Harnesses on the software provider: the right provider of the self-tests. */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import type { Harness, HarnessInstance } from "../../src/index.ts";

/** Keys in memory. What `change` gives replaces the provider, or parts of the harness. */
export function memoryHarness(
  name = "software",
  change?: (right: Provider) => Provider | Partial<HarnessInstance>,
): Harness {
  return {
    name,
    evidence: "live",
    async setup() {
      const right = await openSoftwareProvider({ store: { kind: "memory" } });
      const made = change?.(right) ?? right;
      return "keys" in made ? { provider: made } : { provider: right, ...made };
    },
  };
}

/** Keys in a SQLite file in a temporary folder, which can be opened again. */
export function sqliteHarness(name = "software (SQLite)"): Harness {
  let folder: string | undefined;
  let open: Provider | undefined;
  return {
    name,
    evidence: "live",
    async setup() {
      folder = await mkdtemp(join(tmpdir(), "keyrail-conformance-"));
      const path = join(folder, "keys.sqlite");
      const bytes = new Uint8Array(randomBytes(32));
      const openStore = async (): Promise<Provider> => {
        await open?.close();
        open = await openSoftwareProvider({ store: { kind: "sqlite", path, keyEncryptionKey: { bytes } } });
        return open;
      };
      return { provider: await openStore(), reopen: openStore, secrets: [bytes] };
    },
    async teardown() {
      await open?.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
