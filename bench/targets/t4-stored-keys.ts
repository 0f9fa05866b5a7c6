/** T4: the first use of a stored key, and every later one. */

import {
  createDecipheriv,
  createCipheriv,
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { atLeast, ratio, type Row } from "../compare.ts";
import { makeKey, memoryProvider, MESSAGE, OLDER_NODE, port } from "../fixtures.ts";
import { sqliteProvider } from "../sqlite-fixture.ts";

const CASES = [
  ["P-256", "ES256", "sha256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["Ed25519", "Ed25519", null, () => generateKeyPairSync("ed25519")],
] as const;

export async function t4StoredKeys(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [keyType, algorithm, hash, generate] of CASES) {
    const der = generate().privateKey.export({ format: "der", type: "pkcs8" });
    const dataKey = createSecretKey(randomBytes(32));
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", dataKey, iv);
    const sealed = cipher.update(der);
    cipher.final();
    const tag = cipher.getAuthTag();
    const importAndSign = (bytes: Buffer): Buffer =>
      sign(hash, MESSAGE, createPrivateKey({ key: bytes, format: "der", type: "pkcs8" }));

    // No room in the cache: every use is a first use.
    const stored = await sqliteProvider({ cacheBytes: 0 });
    const storedKey = await makeKey(stored.provider, keyType, ["sign", "verify"]);
    const first = await ratio(
      () => port(stored.provider, "signer").sign({ key: storedKey, algorithm, message: MESSAGE }),
      () => {
        const opening = createDecipheriv("aes-256-gcm", dataKey, iv, { authTagLength: 16 });
        opening.setAuthTag(tag);
        const opened = opening.update(sealed);
        opening.final();
        return importAndSign(opened);
      },
    );
    await stored.remove();
    rows.push(
      atLeast(
        "T4",
        `${keyType}: first use of a stored key (read, unseal, import, sign) against unwrap + PKCS#8 import + sign`,
        0.9,
        first,
        "the stored key is also read from SQLite, which the opponent does not do",
      ),
    );

    const provider = await memoryProvider();
    const key = await makeKey(provider, keyType, ["sign", "verify"]);
    const signer = port(provider, "signer");
    const repeat = await ratio(
      () => signer.sign({ key, algorithm, message: MESSAGE }),
      () => importAndSign(der),
    );
    await provider.close();
    rows.push(atLeast("T4", `${keyType}: repeated use against import on every call`, OLDER_NODE ? 2.5 : 1.7, repeat));
  }
  return rows;
}
