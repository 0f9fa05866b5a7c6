/** An auditor's challenge: keys that agree and can't sign answer it, and only the auditor can check the answers. */

import { join } from "node:path";
import { encodeBase64Url, type KeyType, type Usage } from "@keyrail/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  AUDITED_KEY_TYPES,
  type AuditorPrivateKey,
  auditorKeysText,
  auditorPrivateKeysBytes,
  checkProof,
  decodePublicKey,
  type EvidenceVerdict,
  type JournalItem,
  makeAuditorKeys,
  type Proof,
  type ProofFacts,
  readAuditorKeys,
  readAuditorPrivateKeys,
  verifyEvidence,
  verifyRun,
  type VerifyRunResult,
  wipeAuditorKeys,
  writeEvidence,
} from "../src/index.ts";
import { collect } from "./support/collect.ts";
import { encedoEnd, type End, softwareFileEnd } from "./support/ends.ts";
import { startRun, type TestRun } from "./support/run.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a run", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let source: End;
  let target: End;
  let run: TestRun;
  let auditor: readonly AuditorPrivateKey[] = [];

  beforeEach(async () => {
    auditor = await makeAuditorKeys();
    folder = await temporaryFolder();
    target = await softwareFileEnd(join(folder.path, "target.sqlite"));
  });
  afterEach(async () => {
    for (const one of [run, source, target, folder]) await one[Symbol.asyncDispose]();
  });

  async function moved(from: End, keys: readonly (readonly [KeyType, readonly Usage[]])[]): Promise<void> {
    source = from;
    for (const [keyType, usages] of keys) await source.provider.keys.create({ keyType, usages, label: keyType });
    run = await startRun(folder.path, source, target);
    await run.apply();
  }

  const verify = (keys?: readonly AuditorPrivateKey[]): Promise<VerifyRunResult> =>
    verifyRun({
      journal: run.journal,
      run: run.id,
      source: source.provider,
      target: target.provider,
      // As the file has them: the private keys are the auditor's.
      ...(keys === undefined ? {} : { auditor: readAuditorKeys(bytesOf(auditorKeysText(keys))) }),
    });
  let bundles = 0;
  async function audit(keys?: readonly AuditorPrivateKey[]): Promise<EvidenceVerdict> {
    const place = join(folder.path, `evidence ${++bundles}`);
    const { digest } = await writeEvidence({ journal: run.journal, run: run.id, folder: place });
    return verifyEvidence(place, { digest, ...(keys === undefined ? {} : { auditor: keys }) });
  }

  it("between two stores: keys of every type that agrees answer; the others are as they were", async () => {
    await moved(await softwareFileEnd(join(folder.path, "source.sqlite")), [
      ...AUDITED_KEY_TYPES.map((keyType) => [keyType, ["agree"]] as const),
      ["Ed25519", ["sign", "verify"]],
      ["ML-KEM-512", ["encapsulate"]],
    ]);
    const agreeing = AUDITED_KEY_TYPES.length;
    expect(await verify()).toMatchObject({ passed: agreeing + 2, failed: 0 });
    // Nobody has answered yet: that is no fault without an auditor, and each key's with one.
    expect(await audit()).toMatchObject({ valid: true, checked: { agreements: agreeing + 1, audited: 0 } });
    const unanswered = await audit(auditor);
    expect(unanswered).toMatchObject({ valid: false, problemCount: agreeing });
    expect(unanswered.problems[0]?.reason).toContain("did not both answer the auditor's challenge");

    expect(await verify(auditor)).toMatchObject({ passed: agreeing + 2, failed: 0, run: { state: "verified" } });
    const answered = { agreements: agreeing + 1, audited: agreeing };
    expect(await audit(auditor)).toMatchObject({ valid: true, problems: [], checked: answered });
    expect(await audit()).toMatchObject({ valid: true, checked: { ...answered, audited: 0 } });
    expect(await audit(await makeAuditorKeys())).toMatchObject({ valid: false, problemCount: agreeing });

    // Asked again nothing is added; a second auditor has answers of its own.
    const digest = await run.journal.digest(run.id);
    await verify(auditor);
    expect(await run.journal.digest(run.id)).toBe(digest);
    const second = await makeAuditorKeys();
    await verify(second);
    for (const keys of [auditor, second]) expect(await audit(keys)).toMatchObject({ valid: true, checked: answered });
  });

  it("from a device, which never gives its keys out", async () => {
    await moved(await encedoEnd(), [
      ["X25519", ["agree"]],
      ["P-256", ["agree"]],
    ]);
    expect(await verify(auditor)).toMatchObject({ passed: 2, failed: 0 });
    expect(await audit(auditor)).toMatchObject({ valid: true, checked: { agreements: 2, audited: 2 } });
  });

  it("whose answers were made without the keys convinces everybody but the auditor", async () => {
    await moved(await softwareFileEnd(join(folder.path, "source.sqlite")), [["X25519", ["agree"]]]);
    await verify(auditor);
    const [item] = await collect(run.journal.items(run.id));
    const facts = await factsOf(item);
    const proof = item?.proof;
    if (proof?.kind !== "succession-agreement") throw new Error("It proves by agreement.");
    const [old, renewed] = proof.auditorAnswers ?? [];
    if (old === undefined || renewed === undefined) throw new Error("It has no answers.");
    const mac = encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    const check = async (
      answers: typeof proof.auditorAnswers,
      keys?: readonly AuditorPrivateKey[],
    ): Promise<boolean> => {
      const changed = { ...proof, ...(answers === undefined ? {} : { auditorAnswers: answers }) } satisfies Proof;
      return (await checkProof(changed, { ...facts, ...(keys === undefined ? {} : { auditor: keys }) })).passed;
    };
    expect(await check([old, renewed], auditor)).toBe(true);
    const forged = [
      [{ ...old, mac }, renewed],
      [old, { ...renewed, mac }],
      [{ ...renewed, by: "old" } as const, { ...old, by: "new" } as const],
      [old, { ...old, by: "new" } as const],
      [],
    ];
    for (const answers of forged) {
      expect(await check(answers)).toBe(true);
      expect(await check(answers, auditor)).toBe(false);
    }
    // What is no answer at all, anybody sees.
    const malformed = [[old], [renewed, old], [{ ...old, mac: "AA" }, renewed], [{ ...old, challenge: "AA" }, renewed]];
    for (const answers of malformed) expect(await check(answers)).toBe(false);
  });

  async function factsOf(item: JournalItem | undefined): Promise<ProofFacts> {
    const { planned, target: targetKey, targetPublicKey } = item ?? {};
    if (planned?.source.publicKey === undefined || targetKey === undefined || targetPublicKey === undefined) {
      throw new Error("The run has no such key.");
    }
    const { summary } = await run.journal.run(run.id);
    return {
      planned,
      run: { id: run.id, planDigest: summary.digest },
      targetKey,
      oldKey: decodePublicKey("X25519", planned.source.publicKey),
      newKey: decodePublicKey("X25519", targetPublicKey),
    };
  }
});

describe("files of an auditor's keys", () => {
  it("say what was made, the public one nothing of the private keys", async () => {
    const keys = await makeAuditorKeys();
    expect(keys.map(({ keyType }) => keyType)).toEqual(AUDITED_KEY_TYPES);
    const text = auditorKeysText(keys);
    expect(readAuditorKeys(bytesOf(text))).toEqual(keys.map(({ privateKey: _, ...key }) => key));
    expect(readAuditorPrivateKeys(auditorPrivateKeysBytes(keys))).toEqual(keys);
    for (const { privateKey } of keys) expect(text).not.toContain(encodeBase64Url(privateKey));
    wipeAuditorKeys(keys);
    for (const { privateKey } of keys) expect(privateKey.every((byte) => byte === 0)).toBe(true);
  });

  it("of the other kind, and what is none, are refused without a word of what they hold", async () => {
    const keys = await makeAuditorKeys();
    const privateKeys = auditorPrivateKeysBytes(keys);
    const publicKeys = bytesOf(auditorKeysText(keys));
    const refusal = { code: "InvalidRequest", context: { path: "auditor" } };
    expect(() => readAuditorKeys(privateKeys)).toThrow(expect.objectContaining(refusal));
    expect(() => readAuditorPrivateKeys(publicKeys)).toThrow(expect.objectContaining(refusal));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(publicKeys.length - 2), (content, cut) => {
        for (const read of [readAuditorKeys, readAuditorPrivateKeys]) {
          expect(() => read(content)).toThrow(expect.objectContaining(refusal));
          expect(() => read(publicKeys.subarray(0, cut))).toThrow(expect.objectContaining(refusal));
        }
      }),
    );
  });
});
