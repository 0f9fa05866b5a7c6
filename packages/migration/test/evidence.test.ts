/** Evidence bundles: written, checked, changed in every place. */

import { createHash, generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyType, type Provider, PublicKey, type Usage } from "@keyrail/core";
import { openRegistry, type Registry } from "@keyrail/registry";
import { openSoftwareProvider } from "@keyrail/software";
import * as fc from "fast-check";
import { compactVerify, importJWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  EVIDENCE_FILES,
  type EvidenceVerdict,
  type Journal,
  openJournal,
  openPlan,
  verifyEvidence,
  writeEvidence,
  type WrittenEvidence,
} from "../src/index.ts";
import { changeBytes } from "./support/change-bytes.ts";
import { present } from "./support/moves.ts";
import { recordRun, type RecordedRun } from "./support/recorded-run.ts";
import { reseal } from "./support/reseal.ts";

const SMALL = "01980000-0000-7000-8000-0000000000bb";

let root: string;
let source: Provider;
let target: Provider;
let journal: Journal;
let registry: Registry;
let run: RecordedRun;
let whole: WrittenEvidence;
let small: WrittenEvidence;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "keyrail-evidence-"));
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
  journal = await openJournal({ database: join(root, "journal.sqlite") });
  registry = await openRegistry({ database: join(root, "registry.sqlite") });
  run = await recordRun(journal, source, target);
  await recordRun(journal, source, target, { id: SMALL, only: "Ed25519", troubles: false });
  for (const name of ["orders", "payments"]) await registry.setAlias(name, "software:a/old");
  const switches = ["orders", "payments"].map((alias) => ({ alias, from: "software:a/old", to: "software:b/new" }));
  const { id } = await registry.cutOver(switches, { run: run.id });
  await journal.addCutOver(run.id, id);
  whole = await writeEvidence({ journal, run: run.id, folder: join(root, "whole"), registry });
  small = await writeEvidence({ journal, run: SMALL, folder: join(root, "small") });
});
afterAll(async () => {
  await journal.close();
  await registry.close();
  await source.close();
  await target.close();
  rmSync(root, { recursive: true, force: true });
});

describe("a bundle", () => {
  it("is valid, and says how much was checked", async () => {
    const verdict = await verifyEvidence(whole.folder, { digest: whole.digest });
    expect(verdict.problems).toEqual([]);
    expect(verdict).toMatchObject({
      valid: true,
      anchored: true,
      digest: whole.digest,
      run: run.id,
      checked: { keys: run.keys.length, proofs: 16, signatures: 8, secret: 3 },
    });
    expect((await verifyEvidence(whole.folder)).anchored).toBe(false);
  });

  it("holds the plan to the byte, and the journal under its own digest", async () => {
    const plan = await openPlan(join(whole.folder, "plan.json"));
    expect(plan.summary).toEqual(run.summary);
    const file = readFileSync(join(whole.folder, "journal.jsonl"));
    const digest = `sha-256:${createHash("sha256").update(file).digest("base64url")}`;
    expect(digest).toBe(await journal.digest(run.id));
    expect(whole.manifest.journal).toBe(digest);
  });

  it("is signed so that jose verifies it, and its root digest is sha256sum's", async () => {
    const jws = readFileSync(join(whole.folder, "manifest.jws"));
    const { payload, protectedHeader } = await compactVerify(
      jws,
      await importJWK({ ...whole.manifest.signer.jwk }, "Ed25519"),
    );
    expect(protectedHeader).toEqual({ alg: "Ed25519", kid: whole.manifest.signer.jkt, typ: "keyrail-evidence+jws" });
    const manifest = createHash("sha256")
      .update(readFileSync(join(whole.folder, "manifest.json")))
      .digest("base64url");
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ run: run.id, manifest: `sha-256:${manifest}` });
    const hex = createHash("sha256").update(jws).digest("hex");
    expect(await verifyEvidence(whole.folder, { digest: hex })).toMatchObject({ valid: true, digest: whole.digest });
  });

  it.for([
    ["P-256", ["sign"]],
    ["ML-DSA-65", ["sign"]],
    ["stark", ["sign"]],
  ] as const satisfies readonly (readonly [KeyType, readonly Usage[]])[])(
    "is signed by a %s key of a provider",
    async ([keyType, usages]) => {
      const { uri } = await source.keys.create({ keyType, usages, label: "evidence" });
      const folder = join(root, `signed-${keyType}`);
      const { manifest } = await writeEvidence({ journal, run: SMALL, folder, signer: { provider: source, key: uri } });
      expect(manifest.signer.uri).toBe(uri);
      const publicKey = await source.keys.getPublic(uri);
      expect(await verifyEvidence(folder, { publicKey })).toMatchObject({
        valid: true,
        anchored: true,
        signer: { uri },
      });
      const other = await target.keys.getPublic((await target.keys.create({ keyType, usages, label: "other" })).uri);
      expect((await verifyEvidence(folder, { publicKey: other })).problems).toMatchObject([{ file: "manifest.json" }]);
    },
  );

  it("is not signed by a key that can't sign", async () => {
    const { uri } = await source.keys.create({ keyType: "X25519", usages: ["agree"], label: "evidence" });
    const signer = { provider: source, key: uri };
    const written = writeEvidence({ journal, run: SMALL, folder: join(root, "never"), signer });
    await expect(written).rejects.toMatchObject({ code: "UnsupportedCapability" });
    expect(readdirSync(root).filter((name) => name.includes("never"))).toEqual([]);
  });

  it("is refused where a folder is, and while the run is applied", async () => {
    await expect(writeEvidence({ journal, run: SMALL, folder: small.folder })).rejects.toMatchObject({
      code: "InvalidRequest",
    });
    const event = { worker: "w", kind: "apply-started", text: "Again." } as const;
    await journal.changeRun(SMALL, { from: ["verified"], to: "applying", event });
    const folder = join(root, "during");
    await expect(writeEvidence({ journal, run: SMALL, folder })).rejects.toMatchObject({ code: "OperationRefused" });
    await journal.changeRun(SMALL, { from: ["applying"], to: "verified", event: { ...event, kind: "verified" } });
    const elsewhere = join(root, "no", "such", "folder");
    await expect(writeEvidence({ journal, run: SMALL, folder: elsewhere })).rejects.toMatchObject({
      code: "StoreUnavailable",
    });
    const signal = AbortSignal.abort();
    await expect(writeEvidence({ journal, run: SMALL, folder, signal })).rejects.toMatchObject({ code: "Aborted" });
    expect(readdirSync(root).filter((name) => name.includes("during"))).toEqual([]);
  });

  it("that is not there, or is asked for with a malformed digest, is one clear error", async () => {
    await expect(verifyEvidence(join(root, "nowhere"))).rejects.toMatchObject({ code: "StoreUnavailable" });
    await expect(verifyEvidence(small.folder, { digest: "abc" })).rejects.toMatchObject({ code: "InvalidRequest" });
    mkdirSync(join(root, "empty"));
    expect((await verifyEvidence(join(root, "empty"))).problems.map(({ file }) => file)).toEqual([
      "manifest.json",
      "manifest.jws",
    ]);
  });
});

/** A copy of a bundle to change. */
function copyOf({ folder }: WrittenEvidence): string {
  const copy = mkdtempSync(join(root, "copy-"));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

const filesOf = (verdict: EvidenceVerdict): string[] => [...new Set(verdict.problems.map(({ file }) => file))];

describe("a changed bundle is not valid, and the file is named:", () => {
  it("any byte of manifest and signature, and bytes all over the other files", async () => {
    // The campaign evidence-bytes changes every single one.
    const { changed, missed } = await changeBytes(copyOf(small), (name) => (name.startsWith("manifest") ? 1 : 37));
    expect(missed).toEqual([]);
    expect(changed).toBeGreaterThan(2000);
  });

  it("any bit, any cut, any addition", async () => {
    const folder = copyOf(whole);
    const names = readdirSync(folder);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        fc.constantFrom("flip", "cut", "append", "insert"),
        async (name, position, bit, change) => {
          const path = join(folder, name);
          const content = readFileSync(path);
          const at = position % Math.max(1, content.length);
          const flipped = Buffer.from(content);
          flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
          const changed = {
            flip: flipped,
            cut: content.subarray(0, at),
            append: Buffer.concat([content, Buffer.from("\n")]),
            insert: Buffer.concat([content.subarray(0, at), Buffer.from(" "), content.subarray(at)]),
          }[change];
          writeFileSync(path, changed);
          const { valid } = await verifyEvidence(folder);
          writeFileSync(path, content);
          expect(valid).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a file added, removed, replaced by a link or a folder, or two of them swapped", async () => {
    const added = copyOf(small);
    writeFileSync(join(added, "more.txt"), "");
    expect((await verifyEvidence(added)).problems).toEqual([
      { file: "more.txt", reason: "It does not belong to the bundle: it was added." },
    ]);
    for (const name of [...EVIDENCE_FILES, "manifest.json", "manifest.jws"]) {
      const removed = copyOf(small);
      rmSync(join(removed, name));
      expect(filesOf(await verifyEvidence(removed))).toEqual([name]);
      const linked = copyOf(small);
      rmSync(join(linked, name));
      symlinkSync(join(small.folder, name), join(linked, name));
      expect(filesOf(await verifyEvidence(linked))).toEqual([name]);
    }
    const nested = copyOf(small);
    rmSync(join(nested, "keys.jsonl"));
    mkdirSync(join(nested, "keys.jsonl"));
    expect(filesOf(await verifyEvidence(nested))).toEqual(["keys.jsonl"]);
    const swapped = copyOf(small);
    cpSync(join(whole.folder, "journal.jsonl"), join(swapped, "journal.jsonl"));
    expect(filesOf(await verifyEvidence(swapped))).toEqual(["journal.jsonl"]);
  });

  it("the root digest, or another bundle of the same run", async () => {
    const wrong = await verifyEvidence(small.folder, { digest: whole.digest });
    expect(wrong.problems).toMatchObject([{ file: "manifest.jws" }]);
    const again = await writeEvidence({ journal, run: SMALL, folder: join(root, "again") });
    expect((await verifyEvidence(again.folder, { digest: small.digest })).valid).toBe(false);
  });
});

describe("a forged bundle, sealed anew,", () => {
  const forger = generateKeyPairSync("ed25519");
  let folder: string;

  beforeEach(() => {
    folder = copyOf(whole);
  });

  /** Changes a file by lines, seals the bundle, and checks it. */
  async function forge(name: string, change: (lines: string[]) => void): Promise<EvidenceVerdict> {
    const path = join(folder, name);
    const lines = readFileSync(path, "utf8").split("\n");
    change(lines);
    writeFileSync(path, lines.join("\n"));
    // What depends on the journal's digest alone is brought along, so that only the content is wrong.
    const digest = createHash("sha256")
      .update(readFileSync(join(folder, "journal.jsonl")))
      .digest("base64url");
    const runFile = join(folder, "run.json");
    writeFileSync(
      runFile,
      readFileSync(runFile, "utf8").replace(/"journal": "[^"]+"/, `"journal": "sha-256:${digest}"`),
    );
    reseal(folder, forger);
    return verifyEvidence(folder);
  }

  /** Changes the JSON of one line. */
  const edit = (ordinal: number, change: (value: Record<string, unknown>) => void) => (lines: string[]) => {
    const value: Record<string, unknown> = JSON.parse(present(lines[ordinal]));
    change(value);
    lines[ordinal] = JSON.stringify(value);
  };

  it("that is the same is valid without an anchor, and fails with one", async () => {
    reseal(folder, forger);
    expect(await verifyEvidence(folder)).toMatchObject({ valid: true, anchored: false });
    expect((await verifyEvidence(folder, { digest: whole.digest })).valid).toBe(false);
    const publicKey = PublicKey.fromJwk(whole.manifest.signer.jwk);
    expect((await verifyEvidence(folder, { publicKey })).valid).toBe(false);
  });

  it("does not hide a changed state, another key, or a proof of another key", async () => {
    const state = await forge(
      "journal.jsonl",
      edit(0, (line) => (line["state"] = "failed")),
    );
    expect(state.problems).toMatchObject([{ file: "run.json" }, { file: "run.json" }]);

    folder = copyOf(whole);
    const other = await forge("journal.jsonl", (lines) => {
      const spare: Record<string, unknown> = JSON.parse(present(lines[8]));
      edit(0, (line) => (line["targetPublicKey"] = spare["targetPublicKey"]))(lines);
    });
    expect(filesOf(other)).toEqual(["keys.jsonl", "journal.jsonl"]);

    folder = copyOf(whole);
    const proof = await forge("journal.jsonl", (lines) => {
      const spare: Record<string, unknown> = JSON.parse(present(lines[1]));
      edit(0, (line) => (line["proof"] = spare["proof"]))(lines);
    });
    expect(filesOf(proof)).toEqual(["statements.jsonl", "journal.jsonl"]);
    expect(proof.problems[0]).toMatchObject({ ordinal: 0 });
  });

  it("does not hide a verification that did not pass, or another signature", async () => {
    const claimed = await forge(
      "journal.jsonl",
      edit(0, (line) => {
        const verification: { passed: boolean; checks: { passed: boolean }[] } = JSON.parse(
          JSON.stringify(line["verification"]),
        );
        present(verification.checks[1]).passed = false;
        line["verification"] = verification;
      }),
    );
    expect(claimed.problems).toMatchObject([{ reason: "The verification's outcome is not that of its checks." }]);
    folder = copyOf(whole);
    const signed = await forge(
      "journal.jsonl",
      edit(0, (line) => {
        const text = JSON.stringify(line["verification"]);
        line["verification"] = JSON.parse(
          text.replace(/"signature":"(.)/, (_, first) => `"signature":"${first === "A" ? "B" : "A"}`),
        );
      }),
    );
    expect(signed.problems).toMatchObject([{ file: "journal.jsonl", ordinal: 0 }]);
    folder = copyOf(whole);
    const bare = await forge(
      "journal.jsonl",
      edit(0, (line) => delete line["proof"]),
    );
    expect(filesOf(bare)).toContain("journal.jsonl");
  });

  it("does not hide lines that are missing, doubled or of another run", async () => {
    expect(filesOf(await forge("journal.jsonl", (lines) => lines.splice(3, 1)))).toContain("journal.jsonl");
    folder = copyOf(whole);
    expect(filesOf(await forge("keys.jsonl", (lines) => lines.splice(3, 0, present(lines[3]))))).toEqual([
      "keys.jsonl",
    ]);
    folder = copyOf(whole);
    expect(filesOf(await forge("statements.jsonl", (lines) => lines.splice(0, 1)))).toEqual(["statements.jsonl"]);
    folder = copyOf(whole);
    expect(filesOf(await forge("timeline.jsonl", (lines) => lines.splice(1, 1)))).toEqual(["timeline.jsonl"]);
    folder = copyOf(whole);
    expect(filesOf(await forge("audit.jsonl", (lines) => lines.splice(2, 1)))).toEqual(["audit.jsonl"]);
    folder = copyOf(whole);
    expect(
      filesOf(
        await forge(
          "audit.jsonl",
          edit(0, (line) => (line["run"] = "another")),
        ),
      ),
    ).toEqual(["audit.jsonl"]);
    folder = copyOf(whole);
    expect(filesOf(await forge("plan.json", (lines) => lines.splice(2, 1)))).toEqual(["plan.json"]);
    folder = copyOf(whole);
    cpSync(join(small.folder, "plan.json"), join(folder, "plan.json"));
    reseal(folder, forger);
    expect(filesOf(await verifyEvidence(folder))).toContain("plan.json");
  });
});
