import type { PublicKey } from "../public-key/public-key.ts";
import type { KeyType } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";
import type { DecryptRequest, Encrypted, EncryptRequest } from "./cipher.ts";
import type { DecapsulateRequest, EncapsulateRequest, Encapsulated } from "./kem.ts";
import type { MacRequest, VerifyMacRequest } from "./mac.ts";
import type { Signature, SignRequest, VerifyRequest } from "./signer.ts";

type WithoutKey<Request> = Request extends unknown ? Omit<Request, "key"> : never;

/**
 * A key opened once for many short operations. Its methods are synchronous: no promise, no gate, no telemetry and no
 * audit per call (opening is gated and audited). Usages and algorithms of the key are still enforced. After `close`, or
 * after the key was removed, every method throws `Closed`.
 */
export interface OpenedKey extends Disposable {
  readonly keyType: KeyType;
  readonly publicKey?: PublicKey;
  sign(request: WithoutKey<SignRequest>): Signature;
  verify(request: WithoutKey<VerifyRequest>): boolean;
  mac(request: WithoutKey<MacRequest>): Uint8Array;
  verifyMac(request: WithoutKey<VerifyMacRequest>): boolean;
  encrypt(request: WithoutKey<EncryptRequest>): Encrypted;
  decrypt(request: WithoutKey<DecryptRequest>): Uint8Array;
  encapsulate(request: WithoutKey<EncapsulateRequest>): Encapsulated;
  decapsulate(request: WithoutKey<DecapsulateRequest>): Uint8Array;
  /** Forgets the key. Safe to call twice. */
  close(): void;
}

/** Opens keys for synchronous use; only providers that hold keys in this process have it. */
export interface KeyOpener {
  open(key: string, options?: CallOptions): Promise<OpenedKey>;
}
