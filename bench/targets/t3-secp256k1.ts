/** T3: secp256k1 on libsecp256k1, against OpenSSL and against raw libsecp256k1. */

import { createHash, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import type { EngineName } from "@keyrail/crypto";
import * as tinySecp256k1 from "tiny-secp256k1";
import { atLeast, ratio, type Row } from "../compare.ts";
import { makeKey, memoryProvider, MESSAGE, port } from "../fixtures.ts";

export async function t3Secp256k1(): Promise<Row[]> {
  return [
    ...(await against("libsecp256k1-wasm", 2.5, 1.3)),
    ...(await against("libsecp256k1-native", 6, 5)),
    ...(await against("node", 0.95, 0.95)),
    ...(await digest()),
  ];
}

async function against(engine: EngineName, wantedSign: number, wantedVerify: number): Promise<Row[]> {
  const provider = await memoryProvider({ engine });
  try {
    const key = await makeKey(provider, "secp256k1", ["sign", "verify"]);
    const signer = port(provider, "signer");
    const verifier = port(provider, "verifier");
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const rawSignature = sign("sha256", MESSAGE, privateKey);
    const { signature } = await signer.sign({ key, algorithm: "ES256K", message: MESSAGE });
    return [
      atLeast(
        "T3",
        `ES256K sign, ${engine}, against OpenSSL`,
        wantedSign,
        await ratio(
          () => signer.sign({ key, algorithm: "ES256K", message: MESSAGE }),
          () => sign("sha256", MESSAGE, privateKey),
        ),
      ),
      atLeast(
        "T3",
        `ES256K verify, ${engine}, against OpenSSL`,
        wantedVerify,
        await ratio(
          () => verifier.verify({ key, algorithm: "ES256K", message: MESSAGE, signature }),
          () => verify("sha256", MESSAGE, publicKey, rawSignature),
        ),
      ),
    ];
  } finally {
    await provider.close();
  }
}

async function digest(): Promise<Row[]> {
  const provider = await memoryProvider({ engine: "libsecp256k1-wasm" });
  const key = await makeKey(provider, "secp256k1", ["sign", "verify"]);
  const signer = port(provider, "signer");
  const hash = createHash("sha256").update(MESSAGE).digest();
  const secret = randomBytes(32);
  const measured = await ratio(
    () => signer.sign({ key, algorithm: "ES256K", digest: hash }),
    () => tinySecp256k1.sign(hash, secret),
  );
  await provider.close();
  return [atLeast("T3", "ES256K digest sign against raw tiny-secp256k1", 0.9, measured)];
}
