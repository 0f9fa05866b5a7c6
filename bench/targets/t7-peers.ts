/** T7: the same job by other libraries as installed from npm: key by id or cached key, 32-byte message, in memory. */

import { Secp256k1 as Web5Secp256k1, Ed25519 as Web5Ed25519 } from "@web5/crypto";
import { CompactSign, generateKeyPair } from "jose";
import { generatePrivateKey, privateKeyToAccount, sign as viemSign } from "viem/accounts";
import { recoverPublicKey } from "viem";
import { createHash } from "node:crypto";
import { atLeast, ratio, type Row } from "../compare.ts";
import { makeKey, memoryProvider, MESSAGE, port } from "../fixtures.ts";

export async function t7Peers(): Promise<Row[]> {
  return [...(await againstJose()), ...(await againstWeb5()), ...(await againstViem())];
}

async function againstJose(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [keyType, algorithm, joseName] of [
    ["Ed25519", "Ed25519", "EdDSA"],
    ["P-256", "ES256", "ES256"],
  ] as const) {
    const provider = await memoryProvider();
    const key = await makeKey(provider, keyType, ["sign", "verify"]);
    const signer = port(provider, "signer");
    const { privateKey } = await generateKeyPair(joseName, keyType === "Ed25519" ? { crv: "Ed25519" } : {});
    const ours = (): Promise<unknown> => signer.sign({ key, algorithm, message: MESSAGE });
    const theirs = (): Promise<unknown> =>
      new CompactSign(MESSAGE).setProtectedHeader({ alg: joseName }).sign(privateKey);
    rows.push(
      atLeast("T7", `${algorithm} sign against jose, 1 in flight`, 3, await ratio(ours, theirs)),
      atLeast(
        "T7",
        `${algorithm} sign against jose, 16 in flight`,
        0.95,
        await ratio(ours, theirs, { inFlight: { ours: 16, theirs: 16 }, roundMs: 150 }),
      ),
    );
    await provider.close();
  }
  return rows;
}

async function againstWeb5(): Promise<Row[]> {
  const rows: Row[] = [];
  const provider = await memoryProvider();
  const signer = port(provider, "signer");
  const verifier = port(provider, "verifier");
  for (const [keyType, algorithm, web5] of [
    ["Ed25519", "Ed25519", Web5Ed25519],
    ["secp256k1", "ES256K", Web5Secp256k1],
  ] as const) {
    const key = await makeKey(provider, keyType, ["sign", "verify"]);
    const theirKey = await web5.generateKey();
    const theirPublic = await web5.computePublicKey({ key: theirKey });
    const theirSignature = await web5.sign({ key: theirKey, data: MESSAGE });
    const { signature } = await signer.sign({ key, algorithm, message: MESSAGE });
    rows.push(
      atLeast(
        "T7",
        `${algorithm} sign against @web5/crypto`,
        keyType === "Ed25519" ? 6 : 2.2,
        await ratio(
          () => signer.sign({ key, algorithm, message: MESSAGE }),
          () => web5.sign({ key: theirKey, data: MESSAGE }),
        ),
      ),
      atLeast(
        "T7",
        `${algorithm} verify against @web5/crypto`,
        keyType === "Ed25519" ? 8 : 5,
        await ratio(
          () => verifier.verify({ key, algorithm, message: MESSAGE, signature }),
          () => web5.verify({ key: theirPublic, signature: theirSignature, data: MESSAGE }),
        ),
      ),
    );
  }
  await provider.close();
  return rows;
}

async function againstViem(): Promise<Row[]> {
  const provider = await memoryProvider({ engine: "libsecp256k1-wasm" });
  const key = await makeKey(provider, "secp256k1", ["sign", "verify"]);
  const signer = port(provider, "signer");
  const verifier = port(provider, "verifier");
  const digest = createHash("sha256").update(MESSAGE).digest();
  const hash: `0x${string}` = `0x${digest.toString("hex")}`;
  const secret = generatePrivateKey();
  privateKeyToAccount(secret);
  const theirSignature = await viemSign({ hash, privateKey: secret });
  const { signature } = await signer.sign({ key, algorithm: "ES256K", digest });
  const rows = [
    atLeast(
      "T7",
      "secp256k1 recoverable digest sign (WASM) against viem",
      2.2,
      await ratio(
        () => signer.sign({ key, algorithm: "ES256K", digest, recoverable: true }),
        () => viemSign({ hash, privateKey: secret }),
      ),
    ),
    atLeast(
      "T7",
      "secp256k1 verify (WASM) against viem, which recovers the key",
      5,
      await ratio(
        () => verifier.verify({ key, algorithm: "ES256K", digest, signature }),
        () => recoverPublicKey({ hash, signature: theirSignature }),
      ),
    ),
  ];
  await provider.close();
  return rows;
}
