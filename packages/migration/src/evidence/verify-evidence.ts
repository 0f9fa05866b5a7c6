/** Checks an evidence bundle, without network, journal or providers. */

import { isKeyrailError, KeyrailError, type PublicKey } from "@keyrail/core";
import { fileProblem } from "../plan/file-problem.ts";
import type { AuditorPrivateKey } from "../proof/auditor.ts";
import { checkFiles, type TrustAnchors } from "./check-files.ts";
import { checkHistory } from "./check-history.ts";
import { checkKeys } from "./check-keys.ts";
import type { CheckedKeys } from "./evidence-format.ts";
import { type EvidenceProblem, Problems } from "./problems.ts";

/** Options of {@link verifyEvidence}. */
export interface VerifyEvidenceOptions extends TrustAnchors {
  /** The private keys of an auditor, whom every key that agrees and can't sign has to have answered. */
  readonly auditor?: readonly AuditorPrivateKey[];
  readonly signal?: AbortSignal;
  /** Called now and then with the keys that are checked. */
  readonly onProgress?: (keys: number) => void;
}

/** What {@link verifyEvidence} found. */
export interface EvidenceVerdict {
  /** Nothing is wrong. */
  readonly valid: boolean;
  /**
   * The bundle was held against something from outside of it. Without, it shows only that its parts fit together: whoever can
   * write could have made all of it anew.
   */
  readonly anchored: boolean;
  /** The first 100 things that are wrong. */
  readonly problems: readonly EvidenceProblem[];
  /** All of them. */
  readonly problemCount: number;
  /** The root digest as it is; absent when the signature could not be read. */
  readonly digest?: string;
  readonly run?: string;
  readonly signer?: { readonly publicKey: PublicKey; readonly uri?: string };
  /** Absent when the files are not those of the manifest: what they say is not looked at then. */
  readonly checked?: CheckedKeys;
}

/**
 * Checks a bundle: every byte of every file against the signed manifest, every statement and signature, thumbprints, and that
 * plan, journal, keys, statements and counts tell of the same run. Memory does not grow with the keys.
 *
 * @throws KeyrailError `StoreUnavailable` when the folder can't be read, `InvalidRequest` for a malformed digest, `Aborted`.
 */
export async function verifyEvidence(folder: string, options: VerifyEvidenceOptions = {}): Promise<EvidenceVerdict> {
  const { digest: noted, publicKey, signal } = options;
  if (noted !== undefined && !/^(?:sha-256:[A-Za-z0-9_-]{43}|[0-9a-fA-F]{64})$/.test(noted)) {
    throw new KeyrailError(
      "InvalidRequest",
      "The digest is sha-256: and 43 characters of base64url, or 64 hexadecimal digits.",
      { path: "digest" },
    );
  }
  const problems = new Problems();
  const { digest, manifest } = await readable(folder, signal, () => checkFiles(folder, options, problems, signal));
  let checked: CheckedKeys | undefined;
  if (manifest !== undefined && problems.count === 0) {
    try {
      checked = await readable(folder, signal, () => checkKeys(folder, manifest, problems, options));
      await checkHistory(folder, manifest, problems);
    } catch (error) {
      // The plan's own reader says what is wrong with it.
      if (!isKeyrailError(error, "IntegrityFailed")) throw error;
      problems.add("plan.json", error.message);
    }
  }
  return {
    valid: problems.count === 0,
    anchored: noted !== undefined || publicKey !== undefined,
    problems: problems.list,
    problemCount: problems.count,
    ...(digest === undefined ? {} : { digest }),
    ...(manifest === undefined ? {} : { run: manifest.run, signer: signerOf(manifest) }),
    ...(checked === undefined ? {} : { checked }),
  };
}

function signerOf(manifest: {
  readonly signer: PublicKey;
  readonly signerUri?: string;
}): NonNullable<EvidenceVerdict["signer"]> {
  const { signer, signerUri } = manifest;
  return signerUri === undefined ? { publicKey: signer } : { publicKey: signer, uri: signerUri };
}

async function readable<Result>(
  folder: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true && !isKeyrailError(error)) {
      throw new KeyrailError("Aborted", "Checking the evidence was aborted.", {}, { cause: error });
    }
    throw fileProblem(error, folder);
  }
}
