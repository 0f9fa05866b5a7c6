/**
 * T8 to T10: the Dfns adapter against a raw undici Pool and against the vendor's SDK, all on one emulator in a process of
 * its own.
 */

import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { DfnsApiClient } from "@dfns/sdk";
import { AsymmetricKeySigner } from "@dfns/sdk-keysigner";
import type { Provider } from "@keyrail/core";
import { openDfnsProvider } from "@keyrail/dfns";
import { Pool } from "undici";
import { z } from "zod";
import { atLeast, atMost, median, type Operation, ratio, type Row } from "../compare.ts";
import { cpuOf, cpuRatio } from "../cpu.ts";
import { startProcess } from "../emulator-process.ts";
import { port } from "../fixtures.ts";

const readySchema = z.object({
  url: z.string(),
  caFile: z.string(),
  authToken: z.string(),
  orgId: z.string(),
  credId: z.string(),
  credentialKeyFile: z.string(),
  controlUrl: z.string(),
});
type Ready = z.infer<typeof readySchema>;

type Emulator = Ready & AsyncDisposable;

function startEmulator(): Promise<Emulator> {
  return startProcess("dfns-emulator.ts", readySchema);
}

async function control(emulator: Ready, method: string, route: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${emulator.controlUrl}${route}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return response.json();
}

/** Milliseconds by which answers are delayed. */
const LATENCY = 20;

const countersSchema = z.object({ connectionsOpened: z.number() });

/** Operations per second with so many in flight, over about a second. */
async function throughput(operation: Operation, inFlight: number, milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  const started = performance.now();
  let done = 0;
  const lane = async (): Promise<void> => {
    do {
      await operation();
      done += 1;
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (done * 1000) / (performance.now() - started);
}

function sdkClient(emulator: Ready, ca: string): DfnsApiClient {
  // The SDK can't be handed a certificate authority; this process is told of it, as NODE_EXTRA_CA_CERTS would.
  setDefaultCACertificates([...getCACertificates("default"), ca]);
  return new DfnsApiClient({
    baseUrl: emulator.url,
    authToken: emulator.authToken,
    orgId: emulator.orgId,
    signer: new AsymmetricKeySigner({
      credId: emulator.credId,
      privateKey: readFileSync(emulator.credentialKeyFile, "utf8"),
    }),
  });
}

function open(emulator: Ready, ca: string, maximumInFlight: number): Promise<Provider> {
  return openDfnsProvider({
    url: emulator.url,
    authToken: emulator.authToken,
    orgId: emulator.orgId,
    credential: { credId: emulator.credId, privateKeyPem: readFileSync(emulator.credentialKeyFile, "utf8") },
    tls: { ca },
    rateLimit: "unlimited",
    maximumInFlight,
  });
}

export async function t8Dfns(): Promise<Row[]> {
  await using emulator = await startEmulator();
  const ca = readFileSync(emulator.caFile, "utf8");
  return [...(await requests(emulator, ca)), ...(await creates(emulator, ca)), ...(await connections(emulator, ca))];
}

/** T8: one read. */
async function requests(emulator: Ready, ca: string): Promise<Row[]> {
  await using provider = await open(emulator, ca, 32);
  const pool = new Pool(emulator.url, { connections: 32, connect: { ca }, keepAliveTimeout: 60_000, allowH2: false });
  try {
    const { id } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "bench" });
    const catalog = port(provider, "catalog");
    const headers = { authorization: `Bearer ${emulator.authToken}` };
    const raw = async (): Promise<unknown> => {
      const { body } = await pool.request({ method: "GET", path: `/keys/${id}`, headers });
      return body.json();
    };
    const ours = (): Promise<unknown> => catalog.get(id);
    const { signal } = new AbortController();
    const withSignal = (): Promise<unknown> => catalog.get(id, { signal });
    const inFlight = { ours: 32, theirs: 32 };
    const reads = { rounds: 9, roundMs: 400, inFlight };
    return [
      atLeast(
        "T8",
        "Dfns read with 32 in flight against undici Pool and body.json()",
        0.9,
        await ratio(ours, raw, reads),
      ),
      atMost("T8", "the same, CPU of this process", 1.15, await cpuRatio(ours, raw, 32, 2000), "x"),
      atLeast("T8", "the same with a caller's signal", 0.78, await ratio(withSignal, raw, reads)),
      atMost("T8", "the same with a caller's signal, CPU", 1.3, await cpuRatio(withSignal, raw, 32, 2000), "x"),
    ];
  } finally {
    await pool.close();
  }
}

/** T9: a create, three requests, against the SDK. */
async function creates(emulator: Ready, ca: string): Promise<Row[]> {
  await using provider = await open(emulator, ca, 32);
  await using wide = await open(emulator, ca, 128);
  const sdk = sdkClient(emulator, ca);
  const create = (by: Provider): Promise<unknown> =>
    by.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "bench" });
  const ours = (): Promise<unknown> => create(provider);
  const theirs = (): Promise<unknown> =>
    sdk.keys.createKey({ body: { scheme: "EdDSA", curve: "ed25519", name: "bench" } });
  const together = { roundMs: 400, inFlight: { ours: 32, theirs: 32 } };
  const bounded =
    "the emulator checks the signature, makes and splits a real key; client and emulator have one core each";
  const rows = [
    atLeast(
      "T9",
      "Dfns create with 1 in flight against @dfns/sdk",
      1.8,
      await ratio(ours, theirs, { roundMs: 300 }),
      bounded,
    ),
    atLeast("T9", "Dfns create with 32 in flight against @dfns/sdk", 4, await ratio(ours, theirs, together), bounded),
    atMost("T9", "the same, CPU of this process", 0.3, await cpuRatio(ours, theirs, 32, 400), "x"),
  ];
  await can(emulator, await anyKey(provider));
  const canned = "the emulator gives fixed answers, so that the clients are the limit";
  rows.push(
    atLeast("T9", "create, fixed answers, 1 in flight", 1.8, await ratio(ours, theirs, { roundMs: 300 }), canned),
    atLeast("T9", "create, fixed answers, 32 in flight", 4, await ratio(ours, theirs, together), canned),
    atMost("T9", "create, fixed answers, CPU of this process", 0.3, await cpuRatio(ours, theirs, 32, 400), "x", canned),
  );
  rows.push(...(await delayed("create, fixed answers,", canned)));
  await control(emulator, "DELETE", "/faults");
  rows.push(...(await delayed("create", bounded)));
  await control(emulator, "DELETE", "/faults");
  return rows;

  /** The same with a delay of every answer, in addition to what the emulator does already. */
  async function delayed(what: string, note: string): Promise<Row[]> {
    await control(emulator, "POST", "/faults", { times: "always", action: { kind: "delay", milliseconds: LATENCY } });
    const against = async (inFlight: number): Promise<number> =>
      ratio(() => create(inFlight > 32 ? wide : provider), theirs, {
        rounds: 5,
        roundMs: 800,
        inFlight: { ours: inFlight, theirs: inFlight },
      });
    const reached: number[] = [];
    for (let round = 0; round < 5; round += 1) reached.push(await throughput(ours, 32, 1000));
    const ceiling = (32 * 1000) / (3 * LATENCY);
    return [
      atLeast("T9", `${what} with a server delay of ${LATENCY} ms, 32 in flight`, 0.98, await against(32), note),
      atLeast("T9", `${what} with a server delay of ${LATENCY} ms, 128 in flight`, 1.2, await against(128), note),
      atLeast("T9", `${what} per second of the ceiling c / 3L, 32 in flight`, 0.9, median(reached) / ceiling, note),
    ];
  }
}

/** The vendor's object of a key. */
async function anyKey(provider: Provider): Promise<unknown> {
  return (await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "bench" })).vendor;
}

/** Makes the emulator answer the three requests of a create with fixed texts. */
async function can(emulator: Ready, key: unknown): Promise<void> {
  const answers = {
    "/auth/action/init": {
      challenge: "YQ",
      challengeIdentifier: "fixed",
      supportedCredentialKinds: [{ kind: "Key", factor: "first", requiresSecondFactor: false }],
      userVerification: "required",
      attestation: "direct",
      externalAuthenticationUrl: "",
      allowCredentials: { key: [{ type: "public-key", id: emulator.credId }], webauthn: [] },
    },
    "/auth/action": { userAction: "fixed" },
    "/keys": key,
  };
  for (const [route, answer] of Object.entries(answers)) {
    const bodyBase64 = Buffer.from(JSON.stringify(answer)).toString("base64");
    const action = { kind: "respond", when: "before", status: 200, bodyBase64 };
    await control(emulator, "POST", "/faults", { match: { method: "POST", path: route }, times: "always", action });
  }
}

/** T10: connections for 2,000 calls with 16 in flight at most. */
async function connections(emulator: Ready, ca: string): Promise<Row[]> {
  const inFlight = 16;
  await control(emulator, "DELETE", "/counters");
  await using provider = await open(emulator, ca, inFlight);
  const create = (): Promise<unknown> => provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "bench" });
  await cpuOf(create, 4 * inFlight, 2000);
  const { connectionsOpened } = countersSchema.parse(await control(emulator, "GET", "/counters"));
  return [
    atMost(
      "T10",
      `connections for 2,000 creates by 64 callers, of ${inFlight} allowed`,
      1,
      connectionsOpened / inFlight,
      "x",
    ),
  ];
}
