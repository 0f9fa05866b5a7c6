/** The ports that use a key: thin, since core has checked the request and crypto does the work. */

import type {
  AgreeRequest,
  Cipher,
  DecryptRequest,
  Encrypted,
  EncryptRequest,
  ExportedKey,
  Kem,
  KeyAgreement,
  KeyExport,
  KeyWrap,
  Mac,
  SignatureAlgorithm,
  Signer,
  SignRequest,
  Verifier,
  VerifyRequest,
} from "@keyrail/core";
import { KeyrailError } from "@keyrail/core";
import {
  agreeAsync,
  decapsulate,
  decrypt,
  decryptAsync,
  encapsulate,
  encrypt,
  encryptAsync,
  exportPrivateKey,
  exportSecretKey,
  mac,
  macAsync,
  type OpenedSecretKey,
  type OpenOptions,
  signAsync,
  unwrap,
  verifyAsync,
  verifyMac,
  verifyMacAsync,
  wrap,
} from "@keyrail/crypto";
import { isSymmetric } from "../capabilities/abilities.ts";
import type { CachedKey } from "../keys/cached-key.ts";
import type { KeyAccess } from "../keys/key-access.ts";
import { openPeer, requireSameType } from "./derive-by-agreement.ts";

/** Algorithms whose engine is not the key type's usual one. */
const OWN_ENGINE: ReadonlySet<SignatureAlgorithm> = new Set(["ECDSA", "BIP340", "BIP341", "Ed25519ph", "Ed448ph"]);

/** Above this many bytes the engines work in pieces, so that other work runs in between; below it a promise would only cost. */
const LARGE_BYTES = 1024 * 1024;

function isLarge(input: Uint8Array): boolean {
  return input.length > LARGE_BYTES;
}

function engineAlgorithm(request: SignRequest | VerifyRequest): SignatureAlgorithm | undefined {
  if (OWN_ENGINE.has(request.algorithm)) return request.algorithm;
  return "digest" in request ? "ECDSA" : undefined;
}

export function signer(keys: KeyAccess): Signer {
  return {
    async sign(request) {
      const key = keys.use(request.key, "sign", request.algorithm);
      const loading = keys.ready(key, engineAlgorithm(request));
      if (loading !== undefined) await loading;
      return signAsync(key.privateKey("sign"), request);
    },
  };
}

export function verifier(keys: KeyAccess): Verifier {
  return {
    async verify(request) {
      const key = keys.use(request.key, "verify", request.algorithm);
      const loading = keys.ready(key, engineAlgorithm(request));
      if (loading !== undefined) await loading;
      return verifyAsync(key.publicKey("verify"), request);
    },
  };
}

export function agreement(keys: KeyAccess): KeyAgreement {
  const open: OpenOptions = keys.engine === undefined ? {} : { engine: keys.engine };
  return {
    async agree(request: AgreeRequest) {
      const key = keys.use(request.key, "agree", request.algorithm);
      const loading = keys.ready(key);
      if (loading !== undefined) await loading;
      const opening = openPeer(keys, request.peer, open);
      const peer = opening instanceof Promise ? await opening : opening;
      requireSameType(key.entry.keyType, peer.keyType);
      return agreeAsync(key.privateKey("agree"), peer, request.algorithm);
    },
  };
}

async function secretKey(keys: KeyAccess, key: CachedKey, operation: string): Promise<OpenedSecretKey> {
  await keys.ready(key);
  return key.secretKey(operation);
}

export function macPort(keys: KeyAccess): Mac {
  return {
    async mac({ key: id, algorithm, message }) {
      const key = keys.use(id, "mac", algorithm);
      const opened = key.isOpen ? key.secretKey("mac") : await secretKey(keys, key, "mac");
      return isLarge(message) ? macAsync(opened, message, algorithm) : mac(opened, message, algorithm);
    },
    async verifyMac({ key: id, algorithm, message, tag }) {
      const key = keys.use(id, "mac", algorithm);
      const opened = key.isOpen ? key.secretKey("mac") : await secretKey(keys, key, "mac");
      return isLarge(message)
        ? verifyMacAsync(opened, message, tag, algorithm)
        : verifyMac(opened, message, tag, algorithm);
    },
  };
}

export function cipher(keys: KeyAccess): Cipher {
  return {
    async encrypt(request: EncryptRequest): Promise<Encrypted> {
      const key = keys.use(request.key, "encrypt", request.algorithm);
      const opened = key.isOpen ? key.secretKey("encrypt") : await secretKey(keys, key, "encrypt");
      return isLarge(request.plaintext) ? encryptAsync(opened, request) : encrypt(opened, request);
    },
    async decrypt(request: DecryptRequest): Promise<Uint8Array> {
      const key = keys.use(request.key, "encrypt", request.algorithm);
      const opened = key.isOpen ? key.secretKey("decrypt") : await secretKey(keys, key, "decrypt");
      return isLarge(request.ciphertext) ? decryptAsync(opened, request) : decrypt(opened, request);
    },
  };
}

export function keyWrap(keys: KeyAccess): KeyWrap {
  return {
    async wrap({ key: id, algorithm, plaintext }) {
      return wrap(await secretKey(keys, keys.use(id, "wrap", algorithm), "wrap"), algorithm, plaintext);
    },
    async unwrap({ key: id, algorithm, wrapped }) {
      return unwrap(await secretKey(keys, keys.use(id, "wrap", algorithm), "unwrap"), algorithm, wrapped);
    },
  };
}

export function kem(keys: KeyAccess): Kem {
  return {
    async encapsulate({ key: id, algorithm }) {
      const key = keys.use(id, "encapsulate", algorithm);
      const loading = keys.ready(key);
      if (loading !== undefined) await loading;
      return encapsulate(key.publicKey("encapsulate"));
    },
    async decapsulate({ key: id, algorithm, ciphertext }) {
      const key = keys.use(id, "encapsulate", algorithm);
      const loading = keys.ready(key);
      if (loading !== undefined) await loading;
      return decapsulate(key.privateKey("decapsulate"), ciphertext);
    },
  };
}

export function keyExport(keys: KeyAccess): KeyExport {
  return {
    async export(id): Promise<ExportedKey> {
      const key = keys.get(id);
      const { keyType, half, extractable } = key.entry;
      if (!extractable || half === "public") {
        throw new KeyrailError("NotExtractable", `The key ${key.uri} was not made extractable.`, { key: key.uri });
      }
      await keys.ready(key);
      if (isSymmetric(keyType)) return { kind: "secret", keyType, secret: exportSecretKey(key.secretKey("export")) };
      return { kind: "private", privateKey: exportPrivateKey(key.privateKey("export")) };
    },
  };
}
