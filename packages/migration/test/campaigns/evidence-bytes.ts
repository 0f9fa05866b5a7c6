/** `npm run campaign -- evidence-bytes`: every byte of a small bundle is changed once; see docs/campaigns.md. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSoftwareProvider } from "@keyrail/software";
import { openJournal, writeEvidence } from "../../src/index.ts";
import { changeBytes } from "../support/change-bytes.ts";
import { recordRun } from "../support/recorded-run.ts";

const root = mkdtempSync(join(tmpdir(), "keyrail-evidence-bytes-"));
try {
  await using source = await openSoftwareProvider({ store: { kind: "memory" } });
  await using target = await openSoftwareProvider({ store: { kind: "memory" } });
  await using journal = await openJournal({ database: join(root, "journal.sqlite") });
  const run = await recordRun(journal, source, target, { only: "Ed25519", troubles: false });
  const { folder } = await writeEvidence({ journal, run: run.id, folder: join(root, "evidence") });
  const { changed, missed } = await changeBytes(folder, () => 1);
  process.stdout.write(
    `| ${new Date().toISOString().slice(0, 10)} | ${process.version} | ${changed} | ${missed.length} |\n`,
  );
  for (const miss of missed) process.stderr.write(`${miss}\n`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
