/** docs/examples/verify-evidence.mjs, the verifier without Keyrail code: on a bundle, and on changed and forged ones. */

import { execFile } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Provider } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Journal, openJournal, writeEvidence, type WrittenEvidence } from "../src/index.ts";
import { present } from "./support/moves.ts";
import { recordRun } from "./support/recorded-run.ts";
import { reseal } from "./support/reseal.ts";

const SCRIPT = join(import.meta.dirname, "..", "..", "..", "docs", "examples", "verify-evidence.mjs");
const forger = generateKeyPairSync("ed25519");

let root: string;
let source: Provider;
let target: Provider;
let journal: Journal;
let bundle: WrittenEvidence;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "keyrail-foreign-"));
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
  journal = await openJournal({ database: join(root, "journal.sqlite") });
  const run = await recordRun(journal, source, target);
  bundle = await writeEvidence({ journal, run: run.id, folder: join(root, "evidence") });
});
afterAll(async () => {
  await journal.close();
  await source.close();
  await target.close();
  rmSync(root, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly text: string;
}

function verify(folder: string, ...more: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, folder, ...more], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, text: `${stdout}${stderr}`.trim() });
    });
  });
}

function copy(): string {
  const folder = mkdtempSync(join(root, "copy-"));
  cpSync(bundle.folder, folder, { recursive: true });
  return folder;
}

describe("the verifier without Keyrail code", () => {
  it("is at most 60 lines long and imports Node.js alone", () => {
    const lines = readFileSync(SCRIPT, "utf8").trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(60);
    const imported = lines.flatMap((line) => /^import .* from "(.*)";$/.exec(line)?.[1] ?? []);
    expect(imported.every((name) => name.startsWith("node:"))).toBe(true);
  });

  it("accepts a bundle, with either writing of the root digest, and says what it could not check", async () => {
    const hex = createHash("sha256")
      .update(readFileSync(join(bundle.folder, "manifest.jws")))
      .digest("hex");
    for (const digest of [bundle.digest, hex]) {
      const { code, text } = await verify(bundle.folder, digest);
      expect(text).toMatch(/^VALID 21 keys \{ signatures: 18, answers: 4, unchecked: \d+ \}$/);
      expect(code).toBe(0);
    }
    expect((await verify(bundle.folder)).text).toMatch(/^CONSISTENT, but no root digest was given/);
  });

  it("refuses a byte changed in any file, a file added or removed, and another root digest", async () => {
    for (const name of readdirSync(bundle.folder)) {
      const folder = copy();
      const content = readFileSync(join(folder, name));
      if (content.length === 0) continue;
      for (const at of [0, Math.floor(content.length / 2), content.length - 1]) {
        const changed = Buffer.from(content);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(join(folder, name), changed);
        expect({ name, at, code: (await verify(folder)).code }).toEqual({ name, at, code: 1 });
      }
      rmSync(join(folder, name));
      expect({ name, code: (await verify(folder)).code }).toEqual({ name, code: 1 });
    }
    const added = copy();
    writeFileSync(join(added, "more.txt"), "");
    expect(await verify(added)).toEqual({ code: 1, text: "INVALID: more.txt was added" });
    const other = `sha-256:${"A".repeat(43)}`;
    expect(await verify(bundle.folder, other)).toEqual({ code: 1, text: "INVALID: root digest" });
  });

  it("sees through a bundle that was forged and sealed anew", async () => {
    const forgeries: readonly (readonly [string, (lines: string[]) => void, RegExp])[] = [
      ["journal.jsonl", (lines) => exchange(lines, 0, /"signature":"(.)/, "A", "B"), /key 0/],
      ["journal.jsonl", (lines) => exchange(lines, 9, /"mac":"(.)/, "A", "B"), /key 9: answer/],
      [
        "journal.jsonl",
        (lines) => exchange(lines, 0, /"target":"([^"]+)"/, "software:x/1", "software:x/2"),
        /key 0: new/,
      ],
      [
        "journal.jsonl",
        (lines) => exchange(lines, 0, /"passed":(true),"checks"/, "true", "false"),
        /key 0: verification/,
      ],
      ["journal.jsonl", (lines) => lines.splice(4, 1), /number of keys/],
      ["keys.jsonl", (lines) => exchange(lines, 3, /"jkt":"(.)/, "A", "B"), /key 3/],
      ["keys.jsonl", (lines) => exchange(lines, 3, /"uri":"([^"]+)"/, "software:x/1", "software:x/2"), /key 3: old/],
      ["plan.json", (lines) => exchange(lines, 2, /"label":"(.)/, "A", "B"), /^INVALID: key 0$/],
    ];
    for (const [name, change, said] of forgeries) {
      const folder = copy();
      const lines = readFileSync(join(folder, name), "utf8").split("\n");
      change(lines);
      writeFileSync(join(folder, name), lines.join("\n"));
      reseal(folder, forger);
      const { code, text } = await verify(folder);
      expect(text).toMatch(said);
      expect(code).toBe(1);
    }
  });
});

/** Puts one of two texts in the place of the first group: the one that is not there. */
function exchange(lines: string[], at: number, pattern: RegExp, one: string, other: string): void {
  const line = present(lines[at]);
  const found = present(pattern.exec(line) ?? undefined);
  const group = present(found[1]);
  const start = line.indexOf(found[0]) + found[0].lastIndexOf(group);
  lines[at] = `${line.slice(0, start)}${group === one ? other : one}${line.slice(start + group.length)}`;
}
