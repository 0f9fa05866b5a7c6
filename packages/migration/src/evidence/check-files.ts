/** Checks every byte of a bundle: the signature over the manifest, and each file against it. */

import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeBase64Url, isKeyrailError, PublicKey, tryDecodeBase64Url } from "@keyrail/core";
import { algOf, signingInput } from "../proof/general-jws.ts";
import { algorithmOfHeader, verifySignature } from "../proof/succession-algorithms.ts";
import {
  digestOf,
  EVIDENCE_FILES,
  EVIDENCE_TYPE,
  EVIDENCE_VERSION,
  type EvidenceManifest,
  MANIFEST,
  MANIFEST_SIGNATURE,
  signedPayload,
} from "./evidence-format.ts";
import { manifestSchema } from "./evidence-schemas.ts";
import type { WrittenFile } from "./file-writer.ts";
import { hashFile } from "./hash-file.ts";
import type { Problems } from "./problems.ts";

/** What the bundle is held against. */
export interface TrustAnchors {
  /** The root digest that was noted when the bundle was made: `sha-256:` and base64url, or 64 hexadecimal digits. */
  readonly digest?: string;
  /** The public key of the signer, from elsewhere. */
  readonly publicKey?: PublicKey;
}

/** Longest manifest that is read: far above what its few files take. */
const LONGEST_MANIFEST = 65_536;

/** The manifest and its root digest, when they could be read. */
export interface CheckedFiles {
  readonly digest?: string;
  readonly manifest?: Omit<EvidenceManifest, "signer"> & { readonly signer: PublicKey; readonly signerUri?: string };
}

/** Checks signature, manifest, and length and digest of every file. */
export async function checkFiles(
  folder: string,
  anchors: TrustAnchors,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<CheckedFiles> {
  const names = await readdir(folder);
  for (const name of names) {
    if (![...EVIDENCE_FILES, MANIFEST, MANIFEST_SIGNATURE].some((known) => known === name)) {
      problems.add(name, "It does not belong to the bundle: it was added.");
    } else if (!(await lstat(join(folder, name))).isFile()) {
      problems.add(name, "It is no regular file.");
    }
  }
  const manifestBytes = await readSmall(folder, MANIFEST, problems);
  const jws = await readSmall(folder, MANIFEST_SIGNATURE, problems);
  if (manifestBytes === undefined || jws === undefined) return {};
  const digest = digestOf(jws);
  if (anchors.digest !== undefined && !sameDigest(anchors.digest, digest)) {
    problems.add(MANIFEST_SIGNATURE, `Its digest is ${digest}, not the noted ${anchors.digest}.`);
  }
  const manifest = readManifest(manifestBytes, problems);
  if (manifest === undefined) return { digest };
  await checkSignature(jws, digestOf(manifestBytes), manifest, anchors.publicKey, problems);
  await checkListed(folder, manifest, problems, signal);
  return { digest, manifest };
}

type Manifest = NonNullable<CheckedFiles["manifest"]>;

function readManifest(bytes: Uint8Array, problems: Problems): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    problems.add(MANIFEST, "It is not JSON.");
    return undefined;
  }
  const version: unknown =
    typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version === "number" && version > EVIDENCE_VERSION) {
    problems.add(MANIFEST, `It is of version ${version}, and this version of Keyrail reads ${EVIDENCE_VERSION}.`);
    return undefined;
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    problems.add(
      MANIFEST,
      `It is no manifest: its "${parsed.error.issues[0]?.path.map(String).join(".") ?? ""}" is wrong.`,
    );
    return undefined;
  }
  const { signer: given, ...rest } = parsed.data;
  try {
    const signer = PublicKey.fromJwk(given.jwk);
    if (signer.keyType !== given.keyType || signer.thumbprint() !== given.jkt) {
      problems.add(MANIFEST, "The signer's key, type and thumbprint do not belong together.");
    }
    return { ...rest, signer, ...(given.uri === undefined ? {} : { signerUri: given.uri }) };
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    problems.add(MANIFEST, `The signer's key can't be read: ${error.message}`);
    return undefined;
  }
}

/** The signature is by the key that the manifest names, over exactly the payload and the header that belong to it. */
async function checkSignature(
  jws: Uint8Array,
  manifestDigest: string,
  { signer, run }: Manifest,
  expected: PublicKey | undefined,
  problems: Problems,
): Promise<void> {
  const [header, payload, signature, ...more] = new TextDecoder().decode(jws).split(".");
  const alg = header === undefined ? undefined : algOf(header);
  const how = alg === undefined ? undefined : algorithmOfHeader(signer.keyType, alg);
  if (how === undefined || signature === undefined || more.length > 0) {
    problems.add(MANIFEST_SIGNATURE, "It is no JWS of the manifest's signer.");
    return;
  }
  const signed = signedPayload(run, manifestDigest);
  const input = signingInput(how, signer, signed, EVIDENCE_TYPE);
  if (payload !== encodeBase64Url(signed)) {
    problems.add(MANIFEST, "It is not the manifest that was signed: it was changed.");
  } else if (header !== input.header) {
    problems.add(MANIFEST_SIGNATURE, "Its header is not the one of the manifest's signer.");
  }
  const bytes = tryDecodeBase64Url(signature);
  if (bytes === undefined || !(await verifySignature(how, signer, input.bytes, bytes))) {
    problems.add(MANIFEST_SIGNATURE, "The signature does not verify under the key that the manifest names.");
  }
  if (expected !== undefined && !expected.equals(signer)) {
    problems.add(MANIFEST, `It was signed by ${signer.toString()}, not by the expected ${expected.toString()}.`);
  }
}

async function checkListed(
  folder: string,
  { files }: Manifest,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (files.map(({ path }) => path).join() !== EVIDENCE_FILES.join()) {
    problems.add(MANIFEST, "It does not list the files of a bundle, each once and in their order.");
  }
  for (const { path, bytes, digest } of files) {
    const found = await hashOrUndefined(join(folder, path), signal);
    if (found === undefined) problems.add(path, "It is missing, or can't be read.");
    else if (found.bytes !== bytes)
      problems.add(path, `It has ${found.bytes} bytes instead of ${bytes}: it was changed.`);
    else if (found.digest !== digest) problems.add(path, "Its SHA-256 is not the one of the manifest: it was changed.");
  }
}

async function hashOrUndefined(path: string, signal: AbortSignal | undefined): Promise<WrittenFile | undefined> {
  try {
    return await hashFile(path, signal);
  } catch (error) {
    if (signal?.aborted === true || !isFileError(error)) throw error;
    return undefined;
  }
}

async function readSmall(folder: string, name: string, problems: Problems): Promise<Uint8Array | undefined> {
  try {
    const path = join(folder, name);
    if ((await lstat(path)).size > LONGEST_MANIFEST) problems.add(name, "It is too long.");
    else return new Uint8Array(await readFile(path));
  } catch (error) {
    if (!isFileError(error)) throw error;
    problems.add(name, "It is missing, or can't be read.");
  }
  return undefined;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function sameDigest(noted: string, digest: string): boolean {
  if (!/^[0-9a-f]{64}$/i.test(noted)) return noted === digest;
  return `sha-256:${encodeBase64Url(Buffer.from(noted, "hex"))}` === digest;
}
