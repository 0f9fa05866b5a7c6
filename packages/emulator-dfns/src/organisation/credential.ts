import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeBase64Url, KeyrailError } from "@keyrail/core";
import { newCredentialId } from "../ids.ts";

/** Key kinds of an API credential that the emulator makes (fact sheet, section 2). */
export const credentialKinds = ["Ed25519", "P-256", "secp256k1", "RSA"] as const;
export type CredentialKind = (typeof credentialKinds)[number];

/** The public half that the emulator keeps; the private half belongs to the client. */
export interface Credential {
  readonly credId: string;
  /** `EC`: another curve of OpenSSL's, which the vendor tolerates. */
  readonly kind: CredentialKind | "EC";
  readonly publicKey: KeyObject;
  /** The 32 bytes of an Ed25519 key. */
  readonly rawPublicKey: Uint8Array | undefined;
  active: boolean;
}

/** A new credential with the private key to hand out once, PEM PKCS#8. */
export interface GeneratedCredential {
  readonly credential: Credential;
  readonly privateKeyPem: string;
}

/** Makes a key pair of the kind given; RSA has 2048 bits. */
export function generateCredential(kind: CredentialKind): GeneratedCredential {
  const { publicKey, privateKey } = generatePair(kind);
  return {
    credential: credentialOf(kind, publicKey),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/**
 * A credential from a public key the caller made: PEM SubjectPublicKeyInfo.
 * @throws KeyrailError `InvalidKeyMaterial` when the text is no public key or of a kind credentials can't have.
 */
export function credentialFromPublicKey(pem: string): Credential {
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(pem);
  } catch (cause) {
    throw new KeyrailError(
      "InvalidKeyMaterial",
      "The credential's public key is not a PEM public key.",
      { reason: "not PEM" },
      { cause },
    );
  }
  const kind = kindOf(publicKey);
  if (kind === undefined) {
    const reason = "expected an Ed25519, EC or RSA key";
    throw new KeyrailError("InvalidKeyMaterial", `The credential's key kind is not usable: ${reason}.`, { reason });
  }
  return credentialOf(kind, publicKey);
}

function credentialOf(kind: Credential["kind"], publicKey: KeyObject): Credential {
  const rawPublicKey = kind === "Ed25519" ? decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? "") : undefined;
  return { credId: newCredentialId(), kind, publicKey, rawPublicKey, active: true };
}

function generatePair(kind: CredentialKind): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "P-256":
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    case "secp256k1":
      return generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
  }
}

function kindOf(key: KeyObject): Credential["kind"] | undefined {
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return "Ed25519";
    case "rsa":
      return "RSA";
    case "ec":
      return (
        { prime256v1: "P-256" as const, secp256k1: "secp256k1" as const }[key.asymmetricKeyDetails?.namedCurve ?? ""] ??
        "EC"
      );
    default:
      return undefined;
  }
}
