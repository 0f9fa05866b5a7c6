/** A changed proof, a wrong key, a lying target: none of it passes. */

import { encodeBase64Url, type KeyType, type Provider, type Usage } from "@keyrail/core";
import { openSoftwareProvider } from "@keyrail/software";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  checkProof,
  type Proof,
  type ProofFacts,
  type ProofKind,
  type ProofTask,
  proveKey,
  readPublicKey,
  takeCensus,
  verifyKey,
} from "../src/index.ts";
import { imported, made, plan, present, rotated, RUN, snapshotOf } from "./support/moves.ts";

let source: Provider;
let target: Provider;

beforeAll(async () => {
  source = await openSoftwareProvider({ store: { kind: "memory" } });
  target = await openSoftwareProvider({ store: { kind: "memory" } });
});
afterAll(async () => {
  await source.close();
  await target.close();
});

async function factsOf({ planned, run, target: end, targetKey }: ProofTask): Promise<ProofFacts> {
  const { keyType, publicKey } = planned.source;
  return {
    planned,
    run,
    targetKey,
    oldKey: publicKey === undefined ? undefined : readPublicKey(keyType, publicKey),
    newKey: publicKey === undefined ? undefined : await end.keys.getPublic(targetKey),
  };
}

/** Every text of a value, with a way to put another in its place. */
function texts(
  value: unknown,
  put: (text: string) => void = () => undefined,
): { text: string; put: (text: string) => void }[] {
  if (typeof value === "string") return [{ text: value, put }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    texts(member, (text) => {
      Reflect.set(value, name, text);
    }),
  );
}

const kinds: readonly (readonly [ProofKind, KeyType, readonly Usage[]])[] = [
  ["succession-signature", "P-256", ["sign"]],
  ["succession-signature", "Ed25519", ["sign"]],
  ["succession-agreement", "X25519", ["agree"]],
  ["succession-agreement", "ML-KEM-512", ["encapsulate"]],
  ["succession-mac", "HMAC-SHA-256", ["mac"]],
];

describe("a proof with one character changed does not hold", () => {
  it.for(kinds)("%s, %s", async ([proofKind, keyType, usages]) => {
    const task = await rotated(source, target, { keyType, usages, label: "x" }, { proof: proofKind });
    const proof = await proveKey(task);
    const facts = await factsOf(task);
    expect(await checkProof(proof, facts)).toMatchObject({ passed: true });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.constantFrom(..."ABab01-_="), async (which, where, character) => {
        const copy: Proof = structuredClone(proof);
        const all = texts(copy).filter(({ text }) => text !== proofKind);
        const one = present(all[which % all.length]);
        const at = where % one.text.length;
        fc.pre(one.text[at] !== character);
        one.put(`${one.text.slice(0, at)}${character}${one.text.slice(at + 1)}`);
        // A MAC under a secret key can be checked by who holds the key only.
        const open = proofKind === "succession-mac" && /^[A-Za-z0-9_-]+$/.test(one.text) && one.text.length === 43;
        if (!open) expect((await checkProof(copy, facts)).passed).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a proof of another move does not hold", () => {
  it.for(kinds)("%s, %s", async ([proofKind, keyType, usages]) => {
    const request = { keyType, usages, label: "x" } as const;
    const task = await rotated(source, target, request, { proof: proofKind });
    const other = await rotated(source, target, request, { proof: proofKind });
    const [proof, facts, others] = [await proveKey(task), await factsOf(task), await factsOf(other)];
    const changes: Partial<ProofFacts>[] = [
      { run: { ...RUN, id: "another" } },
      { run: { ...RUN, planDigest: `sha-256:${"B".repeat(43)}` } },
      { planned: { ...facts.planned, ordinal: 1 } },
      { planned: { ...facts.planned, reason: "Another reason." } },
      { planned: others.planned },
      { targetKey: others.targetKey },
      { planned: { ...facts.planned, proof: "none" } },
    ];
    if (facts.newKey !== undefined)
      changes.push({ newKey: others.newKey }, { oldKey: others.oldKey }, { newKey: undefined });
    for (const change of changes) {
      expect(await checkProof(proof, { ...facts, ...change })).toMatchObject({ passed: false });
    }
  });
});

describe("verification", () => {
  const request = { keyType: "Ed25519", usages: ["sign"], label: "label" } as const;

  it("says that the target has no such key", async () => {
    const task = await rotated(source, target, request, { proof: "succession-signature" });
    const proof = await proveKey(task);
    await present(target.catalog).remove(task.targetKey);
    const { passed, checks } = await verifyKey({ ...task, proof });
    expect(passed).toBe(false);
    expect(checks.map(({ name }) => name)).toEqual(["target record"]);
  });

  it("says that the target has another key", async () => {
    const task = await rotated(source, target, request, { proof: "succession-signature" });
    const proof = await proveKey(task);
    const other = await made(target, request);
    const failing = await verifyKey({ ...task, proof, targetKey: other.record.uri });
    expect(failing.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(["proof"]);
    const shown = await verifyKey({
      ...task,
      proof,
      targetPublicKey: encodeBase64Url(present(other.publicKey).toSpki()),
    });
    expect(shown.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(["public key"]);
  });

  it("says that the usages or the type are not the planned ones", async () => {
    const task = await rotated(source, target, { ...request, usages: ["sign"] }, { proof: "succession-signature" });
    const proof = await proveKey(task);
    const more = { ...task.planned, target: { ...present(task.planned.target), usages: ["sign", "verify"] as const } };
    expect((await verifyKey({ ...task, planned: more, proof })).checks[0]).toMatchObject({
      name: "target record",
      passed: false,
      detail: "The target's key lacks the planned usages verify.",
    });
  });

  it("says that a rotated key is the old one, and that an imported one is not", async () => {
    const same = await imported(source, target, request);
    const rotation = { ...same.planned, strategy: "rotate", proof: "none" } as const;
    const checks = (await verifyKey({ ...same, planned: rotation, proof: { kind: "none", reason: "-" } })).checks;
    expect(checks[1]).toMatchObject({ name: "public key", passed: false });
    const different = await rotated(source, target, request, { proof: "same-key" });
    await expect(proveKey(different)).rejects.toMatchObject({ code: "UnexpectedResponse" });
  });

  it("says that two secrets differ", async () => {
    for (const [keyType, usages] of [
      ["AES-256", ["encrypt"]],
      ["AES-128", ["wrap"]],
      ["HMAC-SHA-256", ["mac"]],
    ] as const) {
      const task = await rotated(source, target, { keyType, usages, label: "x" }, { proof: "same-key" });
      await expect(proveKey(task)).rejects.toMatchObject({ code: "UnexpectedResponse" });
      const proof: Proof = { kind: "same-key", compared: "result", digest: `sha-256:${"A".repeat(43)}` };
      const { checks } = await verifyKey({ ...task, proof });
      expect(checks.filter(({ passed }) => !passed)).toHaveLength(1);
    }
  });

  it("does not believe a target whose signer or agreement belongs to another key", async () => {
    const task = await rotated(source, target, request, { proof: "succession-signature" });
    const proof = await proveKey(task);
    const impostor = await made(target, request);
    const lying: Provider = {
      ...target,
      signer: {
        sign: (given, options) => present(target.signer).sign({ ...given, key: impostor.record.uri }, options),
      },
    };
    const { passed, checks } = await verifyKey({ ...task, target: lying, proof });
    expect(passed).toBe(false);
    expect(checks.at(-1)).toMatchObject({ name: "signature", passed: false });
    await expect(proveKey({ ...task, target: lying })).rejects.toMatchObject({ code: "SignatureMismatch" });

    const agreeing = { keyType: "X25519", usages: ["agree"], label: "x" } as const;
    const second = await rotated(source, target, agreeing, { proof: "succession-agreement" });
    const false_ = await made(target, agreeing);
    const wrong: Provider = {
      ...target,
      agreement: {
        agree: (given, options) => present(target.agreement).agree({ ...given, key: false_.record.uri }, options),
      },
    };
    await expect(proveKey({ ...second, target: wrong })).rejects.toMatchObject({ code: "SignatureMismatch" });
    const checked = await verifyKey({ ...second, target: wrong, proof: await proveKey(second) });
    expect(checked.checks.at(-1)).toMatchObject({ name: "agreement", passed: false });
  });

  it("sees a second key of the same name, made since the plan, that the run does not know", async () => {
    const named = { ...request, label: "only one" } as const;
    const task = await rotated(source, target, named, { proof: "succession-signature" });
    const check = async (known: readonly string[], run = RUN): Promise<boolean | undefined> => {
      const others = { census: await takeCensus(target), isNamed: (uri: string) => known.includes(uri) };
      const { checks } = await verifyKey({ ...task, run, proof: await proveKey({ ...task, run }), others });
      return checks.find(({ name }) => name === "one target key")?.passed;
    };
    expect(await check([])).toBe(true);
    const second = await made(target, named);
    expect(await check([])).toBe(false);
    expect(await check([second.record.uri])).toBe(true);
    // A run whose plan is of the year 2100 did not make it.
    expect(await check([], { ...RUN, id: "03bb2cc3-d800-7000-8000-000000000001" })).toBe(true);
  });

  it("says what was not exercised", async () => {
    const pair = await made(source, { keyType: "X448", usages: ["derive", "agree"], label: "x" });
    const publicKey = present(pair.publicKey);
    const record = await target.keys.import({ kind: "public", publicKey, usages: ["agree"], label: "x" });
    const snapshot = { ...snapshotOf(pair.record, publicKey), half: "public" } as const;
    const planned = plan(0, snapshot, {
      strategy: "import",
      proof: "same-key",
      operation: "import:public",
      usages: ["agree"],
    });
    const task = { planned, run: RUN, source, target, targetKey: record.uri };
    const { passed, notExercised } = await verifyKey({ ...task, proof: await proveKey(task) });
    expect(passed).toBe(true);
    expect(notExercised).toEqual([{ usage: "agree", reason: "the target holds the public half alone" }]);

    const task2 = await rotated(
      source,
      target,
      { keyType: "X448", usages: ["derive", "agree"], label: "x" },
      { proof: "succession-agreement" },
    );
    expect((await verifyKey({ ...task2, proof: await proveKey(task2) })).notExercised).toMatchObject([
      { usage: "derive" },
    ]);
  });
});
