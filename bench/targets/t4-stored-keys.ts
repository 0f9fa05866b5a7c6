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
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
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

    // The cache has no room for a second key, and the keys take turns: every use is a first use.
    const stored = await sqliteProvider({ cacheBytes: 0 });
    const storedKeys = [
      await makeKey(stored.provider, keyType, ["sign", "verify"]),
      await makeKey(stored.provider, keyType, ["sign", "verify"]),
    ];
    let turn = 0;
    const ours = (): Promise<unknown> => {
      turn = 1 - turn;
      return port(stored.provider, "signer").sign({ key: storedKeys[turn] ?? "", algorithm, message: MESSAGE });
    };
    const unwrapImportSign = (bytes: Uint8Array): Buffer => {
      const opening = createDecipheriv("aes-256-gcm", dataKey, iv, { authTagLength: 16 });
      opening.setAuthTag(tag);
      const opened = opening.update(bytes);
      opening.final();
      return importAndSign(opened);
    };
    const database = new DatabaseSync(path.join(stored.folder, "raw.sqlite"));
    database.exec("CREATE TABLE raw (id TEXT PRIMARY KEY, sealed BLOB) STRICT");
    database.prepare("INSERT INTO raw VALUES (?, ?)").run("key", sealed);
    const select = database.prepare("SELECT sealed FROM raw WHERE id = ?");
    const readUnwrapImportSign = (): Buffer => {
      const bytes = select.get("key")?.["sealed"];
      if (!(bytes instanceof Uint8Array)) throw new Error("the row is there");
      return unwrapImportSign(bytes);
    };
    const withRead = await ratio(ours, readUnwrapImportSign);
    const withoutRead = await ratio(ours, () => unwrapImportSign(sealed));
    database.close();
    await stored.remove();
    rows.push(
      atLeast(
        "T4",
        `${keyType}: first use of a stored key against node:sqlite read + unwrap + PKCS#8 import + sign`,
        0.9,
        withRead,
      ),
      atLeast(
        "T4",
        `${keyType}: the same against unwrap + PKCS#8 import + sign, without the read`,
        0.9,
        withoutRead,
        "the opponent reads nothing from a store",
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
