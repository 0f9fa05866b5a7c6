/** The signature over a bundle: by a key of any provider, or by one that is made for the bundle and forgotten. */

import { encodeBase64Url, KeyrailError, type Provider, PublicKey } from "@keyrail/core";
import { generatePrivateKey, sign } from "@keyrail/crypto";
import { signingInput } from "../proof/general-jws.ts";
import {
  algorithmOfHeader,
  signRequest,
  type SuccessionAlgorithm,
  successionAlgorithm,
} from "../proof/succession-algorithms.ts";
import { EVIDENCE_TYPE, type EvidenceSigner } from "./evidence-format.ts";

/** A key that signs evidence. */
export interface EvidenceKey {
  readonly provider: Provider;
  /** Key URI of a key that signs. */
  readonly key: string;
}

/** A signer ready to sign one payload. */
export interface ManifestSigner {
  readonly signer: EvidenceSigner;
  /** The compact JWS of the payload. */
  sign(payload: Uint8Array, signal: AbortSignal | undefined): Promise<string>;
}

/** A signature input is never longer; every provider signs that much. */
const LONGEST_INPUT = 1024;

/** A signer over a key of a provider. @throws KeyrailError `UnsupportedCapability` when the key can't sign evidence. */
export async function providerSigner({ provider, key }: EvidenceKey): Promise<ManifestSigner> {
  const publicKey = await provider.keys.getPublic(key);
  const record = await provider.catalog?.get(key);
  const { keyType } = publicKey;
  const permissions = { keyType, usages: record?.usages ?? (["sign"] as const), algorithms: record?.algorithms };
  const how = successionAlgorithm(provider.capabilities, permissions, LONGEST_INPUT);
  const { signer } = provider;
  if (how === undefined || signer === undefined) {
    throw new KeyrailError(
      "UnsupportedCapability",
      `The key ${key} can't sign evidence: name one that has the usage sign, with an algorithm of a message or a digest.`,
      { provider: provider.name, operation: "sign", keyType },
    );
  }
  return {
    signer: { ...signerOf(publicKey), uri: record?.uri ?? key },
    async sign(payload, signal) {
      const input = signingInput(how, publicKey, payload, EVIDENCE_TYPE);
      const options = { approval: "wait", ...(signal === undefined ? {} : { signal }) } as const;
      const { signature } = await signer.sign(signRequest(how, key, input.bytes), options);
      return compact(input.bytes, signature);
    },
  };
}

/** A signer over a fresh Ed25519 key, which is wiped after its one signature. */
export function freshSigner(): ManifestSigner {
  const privateKey = generatePrivateKey("Ed25519");
  const publicKey = PublicKey.fromTrustedRaw("Ed25519", privateKey.publicKey);
  return {
    signer: signerOf(publicKey),
    sign(payload) {
      const { bytes } = signingInput(ed25519(), publicKey, payload, EVIDENCE_TYPE);
      const { signature } = sign(privateKey, { algorithm: "Ed25519", message: bytes });
      privateKey.wipe();
      return Promise.resolve(compact(bytes, signature));
    },
  };
}

function ed25519(): SuccessionAlgorithm {
  const how = algorithmOfHeader("Ed25519", "Ed25519");
  if (how === undefined) throw new TypeError("Ed25519 has no algorithm.");
  return how;
}

function signerOf(publicKey: PublicKey): EvidenceSigner {
  return { keyType: publicKey.keyType, jkt: publicKey.thumbprint(), jwk: publicKey.toJwk() };
}

function compact(input: Uint8Array, signature: Uint8Array): string {
  return `${new TextDecoder().decode(input)}.${encodeBase64Url(signature)}`;
}
