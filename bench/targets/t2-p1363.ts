/** T2: `r || s` by a bare key object and own conversion, against `dsaEncoding: "ieee-p1363"`. */

import { generateKeyPairSync, sign, verify } from "node:crypto";
import { atLeast, ratio, type Row } from "../compare.ts";
import { makeKey, memoryProvider, MESSAGE, OLDER_NODE, port } from "../fixtures.ts";

export async function t2P1363(): Promise<Row[]> {
  const provider = await memoryProvider();
  const key = await makeKey(provider, "P-256", ["sign", "verify"]);
  const signer = port(provider, "signer");
  const verifier = port(provider, "verifier");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const raw = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  const rawPublic = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  const rawSignature = sign("sha256", MESSAGE, raw);
  const { signature } = await signer.sign({ key, algorithm: "ES256", message: MESSAGE });
  const rows = [
    atLeast(
      "T2",
      "ES256 r||s sign against dsaEncoding",
      OLDER_NODE ? 1.9 : 0.95,
      await ratio(
        () => signer.sign({ key, algorithm: "ES256", message: MESSAGE }),
        () => sign("sha256", MESSAGE, raw),
      ),
    ),
    atLeast(
      "T2",
      "ES256 r||s verify against dsaEncoding",
      OLDER_NODE ? 1.3 : 0.95,
      await ratio(
        () => verifier.verify({ key, algorithm: "ES256", message: MESSAGE, signature }),
        () => verify("sha256", MESSAGE, rawPublic, rawSignature),
      ),
    ),
  ];
  await provider.close();
  return rows;
}
