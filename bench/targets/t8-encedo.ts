/** T8 and T10: the Encedo adapter against the same raw HTTPS request, on one emulator in a process of its own. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { openEncedoProvider } from "@keyrail/encedo";
import { Pool } from "undici";
import { z } from "zod";
import { atLeast, atMost, ratio, type Row } from "../compare.ts";
import { startEmulatorProcess } from "../emulator-process.ts";
import { rawLogin, type Send } from "../encedo-login.ts";
import { MESSAGE, port } from "../fixtures.ts";

const readySchema = z.object({
  url: z.string(),
  caFile: z.string(),
  userPassphrase: z.string(),
  checkinUrl: z.string(),
  controlUrl: z.string(),
});

const CALLERS = 50;

export async function t8Encedo(): Promise<Row[]> {
  await using emulator = await startEmulatorProcess(
    path.resolve(import.meta.dirname, "../encedo-emulator.ts"),
    readySchema,
  );
  const { url, caFile, userPassphrase, checkinUrl } = emulator.ready;
  const ca = readFileSync(caFile, "utf8");
  // As the device wants it: a connection per request. undici resumes the TLS session, for both sides alike.
  const pool = new Pool(url, { connections: 1, connect: { ca }, allowH2: false });
  const send: Send = async (method, route, body) => {
    const answer = await pool.request({ method, path: route, reset: true, ...(body === undefined ? {} : { body }) });
    return answer.body.text();
  };
  await using provider = await openEncedoProvider({
    uri: url.replace("https:", "encedo:"),
    passphrase: () => new TextEncoder().encode(userPassphrase),
    tls: { ca },
    checkin: { url: checkinUrl, tls: { ca } },
  });
  try {
    const record = await provider.keys.create({ keyType: "HMAC-SHA-256", usages: ["mac"], label: "bench" });
    const token = await rawLogin(send, userPassphrase, `keymgmt:use:${record.id}`);
    const body = JSON.stringify({ kid: record.id, msg: Buffer.from(MESSAGE).toString("base64") });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const raw = async (): Promise<unknown> => {
      const answer = await pool.request({ method: "POST", path: "/api/crypto/hmac/hash", headers, body, reset: true });
      return answer.body.json();
    };
    const mac = port(provider, "mac");
    const ours = (): Promise<unknown> => mac.mac({ key: record.id, algorithm: "HS256", message: MESSAGE });
    await Promise.all(Array.from({ length: CALLERS }, ours));
    const speed = await ratio(ours, raw, { roundMs: 400 });
    return [
      atLeast("T8", "Encedo: warm HMAC call against the same raw undici request, connection per request", 0.9, speed),
      atMost(
        "T10",
        `Encedo: logins on one key for ${CALLERS} concurrent callers and all calls after`,
        1,
        await logins(emulator.ready.controlUrl),
        "x",
        "counted by the emulator, less the raw opponent's own and the one for making the key",
      ),
    ];
  } finally {
    await pool.close();
  }
}

const logSchema = z.object({ requests: z.array(z.looseObject({ method: z.string(), path: z.string() })) });

/** Proofs of login the emulator saw, less two: one of the raw opponent, one for `keymgmt:gen`. */
async function logins(controlUrl: string): Promise<number> {
  const log = logSchema.parse(await (await fetch(new URL("/requests", controlUrl))).json());
  return log.requests.filter(({ method, path: route }) => method === "POST" && route === "/api/auth/token").length - 2;
}
