/**
 * T8 and T10 for the Encedo adapter: a warm call against the same raw HTTPS request, connection per request with session
 * resumption on both sides, and one login per token lifetime. The emulator runs in a process of its own and never waits.
 */

import { readFileSync } from "node:fs";
import type { Provider } from "@keyrail/core";
import { openEncedoProvider } from "@keyrail/encedo";
import { Pool } from "undici";
import { z } from "zod";
import { atLeast, atMost, ratio, type Row } from "../compare.ts";
import { cpuRatio } from "../cpu.ts";
import { startProcess } from "../emulator-process.ts";
import { rawLogin, type Send } from "../encedo-login.ts";
import { port } from "../fixtures.ts";

const readySchema = z.object({
  url: z.string(),
  caFile: z.string(),
  userPassphrase: z.string(),
  controlUrl: z.string(),
});
type Ready = z.infer<typeof readySchema>;

const stateSchema = z.object({ counters: z.object({ byEndpoint: z.record(z.string(), z.number()) }) });

export async function t8Encedo(): Promise<Row[]> {
  await using emulator = await startProcess("encedo-emulator.ts", readySchema);
  const ca = readFileSync(emulator.caFile, "utf8");
  return [...(await requests(emulator, ca)), await logins(emulator, ca)];
}

function open(emulator: Ready, ca: string): Promise<Provider> {
  return openEncedoProvider({
    uri: emulator.url.replace("https:", "encedo:"),
    passphrase: () => new TextEncoder().encode(emulator.userPassphrase),
    tls: { ca },
  });
}

async function requests(emulator: Ready, ca: string): Promise<Row[]> {
  await using provider = await open(emulator, ca);
  const pool = new Pool(emulator.url, { connections: 1, connect: { ca }, allowH2: false });
  try {
    const { id } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "bench" });
    const catalog = port(provider, "catalog");
    const headers = { authorization: `Bearer ${await logIn(pool, emulator)}` };
    const raw = async (): Promise<unknown> => {
      const path = `/api/keymgmt/get/${id}`;
      const { body } = await pool.request({ method: "GET", path, headers, reset: true });
      return body.json();
    };
    const ours = (): Promise<unknown> => catalog.get(id);
    const calls = { rounds: 9, roundMs: 400 };
    return [
      atLeast(
        "T8",
        "Encedo get against the same request with undici, a resumed connection each",
        0.9,
        await ratio(ours, raw, calls),
      ),
      atMost("T8", "the same, CPU of this process", 1.15, await cpuRatio(ours, raw, 1, 200), "x"),
    ];
  } finally {
    await pool.close();
  }
}

/** A bearer by a login of the benchmark's own. */
function logIn(pool: Pool, emulator: Ready): Promise<string> {
  const send: Send = async (method, path, body) => {
    const answer = await pool.request({ method, path, reset: true, ...(body === undefined ? {} : { body }) });
    return answer.body.text();
  };
  return rawLogin(send, emulator.userPassphrase, "keymgmt:get");
}

/** T10: 200 calls at once on a provider without a token. */
async function logins(emulator: Ready, ca: string): Promise<Row> {
  await using provider = await open(emulator, ca);
  await fetch(`${emulator.controlUrl}/requests`, { method: "DELETE" });
  await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      provider.keys.create({ keyType: "AES-128", usages: ["wrap"], label: `bench ${index}` }),
    ),
  );
  const state: unknown = await (await fetch(`${emulator.controlUrl}/state`)).json();
  const { byEndpoint } = stateSchema.parse(state).counters;
  return atMost("T10", "Encedo logins for 200 calls at once", 1, byEndpoint["POST /api/auth/token"] ?? 0, "x");
}
