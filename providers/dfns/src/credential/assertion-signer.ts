/** Signs client data with an API credential, in the encoding that Dfns wants of its key kind (dfns.md, section 2). */

import { createPrivateKey, type KeyObject, sign as nodeSign } from "node:crypto";
import { type CallOptions, KeyrailError } from "@keyrail/core";
import { z } from "zod";
import { PROVIDER_NAME } from "../mapping.ts";
import type { CredentialSource, DfnsCredential, PemCredential, SignerCredential } from "./credential.ts";

/** A credential, ready to sign. */
export interface AssertionSigner {
  readonly credId: string;
  /** Ed25519: 64 bytes; EC: ASN.1 DER over SHA-256; RSA: RSASSA-PKCS1-v1_5 with SHA-256, modulus length. */
  sign(clientData: Uint8Array, options?: CallOptions): Uint8Array | Promise<Uint8Array>;
}

const credId = z.string().regex(/^[A-Za-z0-9_=-]{1,256}$/);
const pemSchema = z.strictObject({ credId, privateKeyPem: z.string().min(1), passphrase: z.string().exactOptional() });
const signerSchema = z.strictObject({
  credId,
  signer: z.custom<SignerCredential["signer"]>(
    (value) => typeof value === "object" && value !== null && "sign" in value && typeof value.sign === "function",
  ),
  key: z.string().min(1),
  algorithm: z.enum(["Ed25519", "ES256", "ES256K"]),
});
const credentialSchema = z.union([pemSchema, signerSchema]);

/** Keeps the credential of a provider, opened once. */
export class CredentialKeeper {
  readonly #source: CredentialSource;
  #opened: Promise<AssertionSigner> | undefined;

  constructor(source: CredentialSource) {
    this.#source = source;
    // A credential that is given as such is checked at once.
    if (typeof source !== "function") this.#opened = Promise.resolve(openCredential(source));
  }

  /**
   * The credential.
   * @throws KeyrailError `InvalidConfiguration` for a key that is none; `AuthenticationFailed` when the callback fails.
   */
  current(): Promise<AssertionSigner> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** Forgets a credential that Dfns refused; true when the callback may give another one. */
  refused(): boolean {
    if (typeof this.#source !== "function") return false;
    this.#opened = undefined;
    return true;
  }

  async #open(): Promise<AssertionSigner> {
    try {
      return openCredential(typeof this.#source === "function" ? await this.#source() : this.#source);
    } catch (cause) {
      this.#opened = undefined;
      if (cause instanceof KeyrailError) throw cause;
      throw new KeyrailError(
        "AuthenticationFailed",
        "The callback for the Dfns credential failed; nothing was sent.",
        { provider: PROVIDER_NAME, reason: "credential callback" },
        { cause, retry: "safe" },
      );
    }
  }
}

/** @throws KeyrailError `InvalidConfiguration`, never with a part of the key. */
export function openCredential(credential: DfnsCredential): AssertionSigner {
  const parsed = credentialSchema.safeParse(credential);
  if (!parsed.success) {
    const member = String(parsed.error.issues[0]?.path[0] ?? "");
    throw invalidCredential(
      'A Dfns credential has a "credId" and either "privateKeyPem" or "signer", "key" and "algorithm".',
      member === "" ? "credential" : `credential.${member}`,
    );
  }
  return "privateKeyPem" in credential ? openPem(credential) : openSigner(credential);
}

function openPem(credential: PemCredential): AssertionSigner {
  const key = readPem(credential);
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return { credId: credential.credId, sign: (clientData) => nodeSign(hash, clientData, key) };
}

function readPem({ privateKeyPem, passphrase }: PemCredential): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: privateKeyPem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // OpenSSL's words may quote the file.
    throw invalidCredential(
      "The PEM text of the Dfns credential is not a private key, or its passphrase does not open it.",
      "credential.privateKeyPem",
    );
  }
  const type = key.asymmetricKeyType;
  if (type !== "ed25519" && type !== "ec" && type !== "rsa") {
    throw invalidCredential(
      `A Dfns credential is an Ed25519, EC or RSA key, not ${type ?? "this one"}.`,
      "credential.privateKeyPem",
    );
  }
  return key;
}

function openSigner({ credId: id, signer, key, algorithm }: SignerCredential): AssertionSigner {
  return {
    credId: id,
    async sign(clientData, options) {
      const request = {
        key,
        algorithm,
        message: clientData,
        ...(algorithm === "Ed25519" ? {} : { format: "der" as const }),
      };
      return (await signer.sign(request, options)).signature;
    },
  };
}

function invalidCredential(message: string, path: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", message, { path });
}
