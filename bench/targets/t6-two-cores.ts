/** T6: with 16 calls in flight long operations use both cores; alone they are not slower than a synchronous call. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { KeyType, SignatureAlgorithm } from "@keyrail/core";
import { atLeast, atMost, ratio, type Row } from "../compare.ts";
import { makeKey, memoryProvider, MESSAGE, port } from "../fixtures.ts";

const CASES: readonly (readonly [KeyType, SignatureAlgorithm, string | null, () => KeyObject])[] = [
  ["P-384", "ES384", "sha384", () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey],
  ["P-521", "ES512", "sha512", () => generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey],
  ["ML-DSA-65", "ML-DSA-65", null, () => generateKeyPairSync("ml-dsa-65").privateKey],
];

export async function t6TwoCores(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [keyType, algorithm, hash, generate] of CASES) {
    const provider = await memoryProvider();
    const key = await makeKey(provider, keyType, ["sign", "verify"]);
    const signer = port(provider, "signer");
    const ours = (): Promise<unknown> => signer.sign({ key, algorithm, message: MESSAGE });
    const privateKey = generate();
    rows.push(
      atLeast(
        "T6",
        `${algorithm} sign, 16 in flight against 1 in flight`,
        1.5,
        await ratio(ours, ours, { inFlight: { ours: 16, theirs: 1 }, roundMs: 200 }),
      ),
      atLeast(
        "T6",
        `${algorithm} sign, 1 in flight against synchronous node:crypto`,
        0.9,
        await ratio(ours, () => sign(hash, MESSAGE, privateKey)),
      ),
    );
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    for (let index = 0; index < 50; index += 1) {
      await ours();
      await new Promise((resolve) => setImmediate(resolve));
    }
    delay.disable();
    rows.push(
      atMost(
        "T6",
        `${algorithm} sign: longest the event loop was held by one call, 99th percentile`,
        10,
        delay.percentile(99) / 1e6,
        "ms",
      ),
    );
    await provider.close();
  }
  return rows;
}
