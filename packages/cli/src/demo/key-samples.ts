/** Key files for the tour: made by OpenSSL and Node.js into a folder, and those of ../shared/keys where present. */

import { execFile } from "node:child_process";
import { createPublicKey, generateKeyPairSync, generateKeySync, type KeyObject, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { KeyType } from "@keyrail/core";

const run = promisify(execFile);

/** A key file, and what is known of it from its maker. */
export interface KeySample {
  readonly file: string;
  /** The tool that made it. */
  readonly maker: string;
  /** DER SubjectPublicKeyInfo as the maker gives it; absent for symmetric keys. */
  readonly spki?: Uint8Array;
  readonly passwordFile?: string;
  /** For files that do not say it themselves. */
  readonly keyType?: KeyType;
}

const OPENSSL_CURVES = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1", secp256k1: "secp256k1" };
const OPENSSL_ALGORITHMS = ["ed25519", "ed448", "x25519", "x448"] as const;
const NODE_POST_QUANTUM = ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "ml-kem-512", "ml-kem-768", "ml-kem-1024"] as const;

/** The version line of the OpenSSL command, or `undefined` where there is none. */
export async function opensslVersion(): Promise<string | undefined> {
  try {
    return (await run("openssl", ["version"])).stdout.split(" ").slice(0, 2).join(" ");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes key files in `folder`: with the OpenSSL command SEC 1, PKCS#8, encrypted PKCS#8 of the NIST curves and secp256k1, and
 * PKCS#8 of the Edwards and Montgomery curves; with Node.js post-quantum keys, JWKs and symmetric keys. Without OpenSSL
 * Node.js makes the former too, as PKCS#8.
 */
export async function makeKeySamples(folder: string, openssl: string | undefined): Promise<KeySample[]> {
  const elliptic = openssl === undefined ? nodeElliptic(folder) : opensslElliptic(folder, openssl);
  return [...(await elliptic), ...(await nodePostQuantum(folder)), ...(await nodeSymmetric(folder))];
}

async function opensslElliptic(folder: string, maker: string): Promise<KeySample[]> {
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, `${randomBytes(12).toString("base64url")}\n`, { mode: 0o600 });
  const samples: KeySample[] = [];
  const add = async (name: string, args: readonly string[], more: Partial<KeySample> = {}): Promise<string> => {
    const file = join(folder, name);
    await run("openssl", [...args, "-out", file]);
    const password = more.passwordFile === undefined ? [] : ["-passin", `file:${more.passwordFile}`];
    const pem = (await run("openssl", ["pkey", "-in", file, ...password, "-pubout"])).stdout;
    samples.push({ file, maker, spki: spkiOf(createPublicKey(pem)), ...more });
    return file;
  };
  for (const [name, curve] of Object.entries(OPENSSL_CURVES)) {
    const sec1 = await add(`${name}.sec1.pem`, ["ecparam", "-name", curve, "-genkey", "-noout"]);
    await add(`${name}.pkcs8.pem`, ["pkcs8", "-topk8", "-nocrypt", "-in", sec1]);
    const encrypt = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `file:${passwordFile}`, "-in", sec1];
    await add(`${name}.pkcs8-encrypted.pem`, encrypt, { passwordFile });
  }
  for (const algorithm of OPENSSL_ALGORITHMS) await add(`${algorithm}.pkcs8.pem`, ["genpkey", "-algorithm", algorithm]);
  return samples;
}

async function nodeElliptic(folder: string): Promise<KeySample[]> {
  const pairs: [string, { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ...Object.entries(OPENSSL_CURVES).map(
      ([name, namedCurve]): [string, { publicKey: KeyObject; privateKey: KeyObject }] => [
        name,
        generateKeyPairSync("ec", { namedCurve }),
      ],
    ),
    ["ed25519", generateKeyPairSync("ed25519")],
    ["ed448", generateKeyPairSync("ed448")],
    ["x25519", generateKeyPairSync("x25519")],
    ["x448", generateKeyPairSync("x448")],
  ];
  return Promise.all(pairs.map(([name, pair]) => writePkcs8(folder, name, pair)));
}

async function nodePostQuantum(folder: string): Promise<KeySample[]> {
  const names = NODE_POST_QUANTUM.map((name) => ({ name, pair: postQuantumPair(name) }));
  return Promise.all(names.flatMap(({ name, pair }) => (pair === undefined ? [] : [writePkcs8(folder, name, pair)])));
}

/** A key pair, or `undefined` on a Node.js (before 24) that has no post-quantum keys. */
function postQuantumPair(
  name: (typeof NODE_POST_QUANTUM)[number],
): { publicKey: KeyObject; privateKey: KeyObject } | undefined {
  try {
    // One overload per literal: the switch is what the types ask for.
    switch (name) {
      case "ml-dsa-44":
        return generateKeyPairSync("ml-dsa-44");
      case "ml-dsa-65":
        return generateKeyPairSync("ml-dsa-65");
      case "ml-dsa-87":
        return generateKeyPairSync("ml-dsa-87");
      case "ml-kem-512":
        return generateKeyPairSync("ml-kem-512");
      case "ml-kem-768":
        return generateKeyPairSync("ml-kem-768");
      case "ml-kem-1024":
        return generateKeyPairSync("ml-kem-1024");
    }
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function nodeSymmetric(folder: string): Promise<KeySample[]> {
  const keys = [
    { name: "aes-256", alg: "A256GCM", key: generateKeySync("aes", { length: 256 }) },
    { name: "hmac-sha-256", alg: "HS256", key: generateKeySync("hmac", { length: 256 }) },
  ];
  return Promise.all(
    keys.map(async ({ name, alg, key }) => {
      const file = join(folder, `${name}.jwk.json`);
      await writeFile(file, JSON.stringify({ ...key.export({ format: "jwk" }), alg }), { mode: 0o600 });
      return { file, maker: nodeMaker };
    }),
  );
}

const nodeMaker = `Node.js ${process.versions.node}`;

async function writePkcs8(
  folder: string,
  name: string,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<KeySample> {
  const file = join(folder, `${name}.pkcs8.pem`);
  await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return { file, maker: nodeMaker, spki: spkiOf(publicKey) };
}

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}

/** The folder of key files made by other people's tools, where it is: beside `KEYRAIL_VECTORS`, or `../shared/keys`. */
export function sharedKeysFolder(root: string): string | undefined {
  const vectors = process.env["KEYRAIL_VECTORS"];
  const folder = vectors === undefined ? resolve(root, "../shared/keys") : resolve(dirname(vectors), "keys");
  return existsSync(folder) ? folder : undefined;
}

/** The private and secret key files of that folder; the expected public key is the `.spki.pem` of the same name. */
export async function sharedKeySamples(folder: string, scratch: string): Promise<KeySample[]> {
  const passwordFile = join(scratch, "shared-password");
  await writeFile(passwordFile, "keyrail-test\n", { mode: 0o600 });
  const names = (await readdir(folder)).filter((name) => /\.(pem|json|hex)$/.test(name) && !name.includes(".spki."));
  return Promise.all(
    names.toSorted().map(async (name) => {
      const spki = join(folder, `${basename(name).split(".")[0]}.spki.pem`);
      const encrypted = name.includes("encrypted") || name.includes("ethereum-v3");
      return {
        file: join(folder, name),
        maker: makerOf(name),
        ...(existsSync(spki) ? { spki: spkiOf(createPublicKey(await readFile(spki, "utf8"))) } : {}),
        ...(encrypted ? { passwordFile } : {}),
        ...(name.endsWith(".hex") ? { keyType: "secp256k1" as const } : {}),
      };
    }),
  );
}

/** As the folder's README says. */
function makerOf(name: string): string {
  if (name.includes("ethereum-v3")) return "ethers";
  if (name.includes("solana")) return "Solana CLI layout";
  return name.endsWith(".jwk.json") || name.startsWith("ml-")
    ? "Node.js"
    : name.endsWith(".hex")
      ? "by hand"
      : "OpenSSL";
}
