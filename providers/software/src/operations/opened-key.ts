import { inspect } from "node:util";
import {
  type Algorithm,
  type Encrypted,
  type Encapsulated,
  KeyrailError,
  type KeyOpener,
  type KeyType,
  type OpenedKey,
  type PublicKey,
  type Signature,
  type Usage,
} from "@keyrail/core";
import {
  decapsulate,
  decrypt,
  encapsulate,
  encrypt,
  mac,
  OpenedPrivateKey,
  OpenedSecretKey,
  sign,
  verify,
  verifyMac,
} from "@keyrail/crypto";
import { allowBytes, checkSignatureBytes, requireBytes, requireObject } from "./opened-request.ts";
import type { CachedKey, EngineKey } from "../keys/cached-key.ts";
import type { KeyAccess } from "../keys/key-access.ts";
import { notWithThisKey, usageNotPermitted } from "../keys/key-errors.ts";

type Request<Method extends keyof OpenedKey> = OpenedKey[Method] extends (request: infer Given) => unknown
  ? Given
  : never;

/** `KeyOpener`: keys for synchronous use. */
export function opener(keys: KeyAccess): KeyOpener {
  return {
    async open(id) {
      const key = keys.get(id);
      // Loads the engine, so that no later call has to.
      await keys.ready(key);
      const handle = new OpenedSoftwareKey(keys, key);
      keys.attach(id, handle);
      return handle;
    },
  };
}

/** A key with an opened form of its own: what the cache lets go does not touch it. */
class OpenedSoftwareKey implements OpenedKey {
  readonly keyType: KeyType;
  readonly publicKey?: PublicKey;
  readonly #keys: KeyAccess;
  readonly #id: string;
  readonly #uri: string;
  readonly #usages: ReadonlySet<Usage>;
  readonly #usageList: readonly Usage[];
  readonly #algorithms: readonly Algorithm[] | undefined;
  #opened: EngineKey | undefined;

  constructor(keys: KeyAccess, key: CachedKey) {
    const { id, keyType, usages, algorithms } = key.entry;
    this.keyType = keyType;
    if (key.known.publicKey !== undefined) this.publicKey = key.known.publicKey;
    this.#keys = keys;
    this.#id = id;
    this.#uri = key.uri;
    this.#usages = new Set(usages);
    this.#usageList = usages;
    this.#algorithms = algorithms;
    this.#opened = key.openAnew();
  }

  sign(request: Request<"sign">): Signature {
    checkSignatureBytes(request);
    return sign(this.#privateKey("sign", request.algorithm), request);
  }

  verify(request: Request<"verify">): boolean {
    checkSignatureBytes(request);
    requireBytes(request.signature, "signature");
    return verify(this.#publicHalf("verify", request.algorithm), request);
  }

  mac(request: Request<"mac">): Uint8Array {
    requireObject(request);
    const { algorithm, message } = request;
    requireBytes(message, "message");
    return mac(this.#secretKey("mac", algorithm), message, algorithm);
  }

  verifyMac(request: Request<"verifyMac">): boolean {
    requireObject(request);
    const { algorithm, message, tag } = request;
    requireBytes(message, "message");
    requireBytes(tag, "tag");
    return verifyMac(this.#secretKey("mac", algorithm), message, tag, algorithm);
  }

  encrypt(request: Request<"encrypt">): Encrypted {
    requireObject(request);
    requireBytes(request.plaintext, "plaintext");
    allowBytes(request.iv, "iv");
    allowBytes(request.additionalData, "additionalData");
    return encrypt(this.#secretKey("encrypt", request.algorithm), request);
  }

  decrypt(request: Request<"decrypt">): Uint8Array {
    requireObject(request);
    requireBytes(request.ciphertext, "ciphertext");
    requireBytes(request.iv, "iv");
    allowBytes(request.tag, "tag");
    allowBytes(request.additionalData, "additionalData");
    return decrypt(this.#secretKey("encrypt", request.algorithm), request);
  }

  encapsulate(request: Request<"encapsulate">): Encapsulated {
    requireObject(request);
    return encapsulate(this.#publicHalf("encapsulate", request.algorithm));
  }

  decapsulate(request: Request<"decapsulate">): Uint8Array {
    requireObject(request);
    const { algorithm, ciphertext } = request;
    requireBytes(ciphertext, "ciphertext");
    return decapsulate(this.#privateKey("encapsulate", algorithm), ciphertext);
  }

  close(): void {
    if (this.#opened === undefined) return;
    if ("wipe" in this.#opened) this.#opened.wipe();
    this.#opened = undefined;
    this.#keys.release(this.#id, this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toJSON(): { readonly key: string; readonly keyType: KeyType } {
    return { key: this.#uri, keyType: this.keyType };
  }

  [inspect.custom](): string {
    return `OpenedKey(${this.keyType} ${this.#uri})`;
  }

  #permitted(usage: Usage, algorithm: Algorithm): EngineKey {
    if (this.#opened === undefined) {
      throw new KeyrailError("Closed", `The opened key ${this.#uri} was closed, or the key was removed.`, {
        what: this.#uri,
      });
    }
    if (!this.#usages.has(usage)) throw usageNotPermitted(this.#uri, usage, this.#usageList);
    if (this.#algorithms !== undefined && !this.#algorithms.includes(algorithm)) {
      throw usageNotPermitted(this.#uri, algorithm, this.#algorithms);
    }
    return this.#opened;
  }

  #privateKey(usage: Usage, algorithm: Algorithm): OpenedPrivateKey {
    const opened = this.#permitted(usage, algorithm);
    if (opened instanceof OpenedPrivateKey) return opened;
    throw notWithThisKey(usage, this.keyType, "It needs the private half.");
  }

  #publicHalf(usage: Usage, algorithm: Algorithm): Exclude<EngineKey, OpenedSecretKey> {
    const opened = this.#permitted(usage, algorithm);
    if (!(opened instanceof OpenedSecretKey)) return opened;
    throw notWithThisKey(usage, this.keyType, "It needs an asymmetric key.");
  }

  #secretKey(usage: Usage, algorithm: Algorithm): OpenedSecretKey {
    const opened = this.#permitted(usage, algorithm);
    if (opened instanceof OpenedSecretKey) return opened;
    throw notWithThisKey(usage, this.keyType, "It needs a symmetric key.");
  }
}
