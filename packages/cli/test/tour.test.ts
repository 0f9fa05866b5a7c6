/** `npm start`: the tour holds, and leaves nothing behind; nor does Ctrl-C in the middle of it. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { ended, Workspace } from "./support/command.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const source = path.resolve(import.meta.dirname, "../src/demo/main.ts");

/** Starts the tour with a folder of its own for temporary files. */
function startTour(
  place: Workspace,
  environment: Readonly<Record<string, string>>,
  part = "software",
): ReturnType<Workspace["start"]> {
  mkdirSync(place.file("tmp"));
  const env = { ...place.environment, TMPDIR: place.file("tmp"), ...environment };
  // The vendors' parts are their own packages' conformance tests; here they would only take long.
  return spawn(process.execPath, ["--conditions=keyrail-source", source, part], { env, cwd: root });
}

/** Resolves once the child has printed `text`. */
function untilSaid(child: ReturnType<Workspace["start"]>, text: string): Promise<void> {
  return new Promise((resolve) => {
    child.stdout.on("data", (chunk: Buffer | string) => {
      if (chunk.includes(text)) resolve();
    });
  });
}

it("imports, uses and checks keys, also without OpenSSL and other people's files", { timeout: 120_000 }, async () => {
  using place = new Workspace();
  const child = startTour(place, { PATH: "/nowhere", KEYRAIL_VECTORS: place.file("none") });
  child.stdin.end();
  const { code, stdout, stderr } = await ended(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("there is no openssl command");
  for (const word of ["ES256K", "ML-DSA-65", "A256KW", "BIP32", "PASSED", "reports are in"]) {
    expect(stdout).toContain(word);
  }
  expect(readdirSync(place.file("tmp"))).toEqual([]);
});

it("moves the fleet of a device to Dfns, under a service that signs, with evidence", { timeout: 120_000 }, async () => {
  using place = new Workspace();
  const child = startTour(place, {}, "migration");
  child.stdin.end();
  const { code, stdout, stderr } = await ended(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const says of [
    /\$ keyrail migrate plan --from hem --to dfns/,
    /^rotate +18 /m,
    /18 keys passed, 0 did not/,
    /orders\/signing -> dfns:/,
    /200 {2}version 1, encedo:/,
    /200 {2}version 2, dfns:/,
    /58 keys, 18 proofs and 18 signatures checked again/,
    /The report is \.keyrail\/story\/report\.html/,
  ]) {
    expect(stdout).toMatch(says);
  }
  expect(readdirSync(place.file("tmp"))).toEqual([]);
  // An auditor has sixty lines of his own and no Keyrail; one byte that is changed does not get past them.
  const folder = path.join(root, ".keyrail/story/evidence");
  const script = path.join(root, "docs/examples/verify-evidence.mjs");
  const check = (): number | null => spawnSync(process.execPath, [script, folder]).status;
  expect(check()).toBe(0);
  const keys = readFileSync(path.join(folder, "keys.jsonl"));
  keys[100] = (keys[100] ?? 0) ^ 1;
  writeFileSync(path.join(folder, "keys.jsonl"), keys);
  expect(check()).not.toBe(0);
  keys[100] = (keys[100] ?? 0) ^ 1;
  writeFileSync(path.join(folder, "keys.jsonl"), keys);
  expect(check()).toBe(0);
});

it("ends with 130 after Ctrl-C, with nothing left behind", async () => {
  using place = new Workspace();
  const child = startTour(place, { KEYRAIL_VECTORS: place.file("none") });
  const end = ended(child);
  await untilSaid(child, "Key files made just now");
  child.kill("SIGINT");
  expect((await end).code).toBe(130);
  expect(readdirSync(place.file("tmp"))).toEqual([]);
});

it("ends once where npm's whole process group is interrupted and nobody sits at a terminal", async () => {
  using place = new Workspace();
  mkdirSync(place.file("tmp"));
  const env = { ...place.environment, TMPDIR: place.file("tmp"), KEYRAIL_VECTORS: place.file("none") };
  const script = path.join(root, "scripts/run.mjs");
  const child = spawn(process.execPath, [script, "start", "software"], { env, detached: true });
  const end = ended(child);
  await untilSaid(child, "Key files made just now");
  process.kill(-(child.pid ?? 0), "SIGINT");
  const { code, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toContain("Interrupted; nothing was left behind.");
  expect(readdirSync(place.file("tmp"))).toEqual([]);
});
