/** The `crypto` endpoints (encedo-hem.md, section 6). Each method is one request; undefined stands for 406. */

import { encodeBase64 } from "@keyrail/core";
import * as z from "zod/mini";
import { base64Bytes, readAnswer } from "./answers.ts";
import type { DeviceClient } from "./device-client.ts";
import { type DevicePeer, peerMembers } from "./key-endpoints.ts";
import type { CallLimits } from "./limits.ts";
import * as scopes from "./scopes.ts";

/** Longest message the device takes, bytes. */
export const MESSAGE_BYTES = 2048;
/** IV and tag of the device's ciphers, bytes; it makes every IV itself, 16 bytes for GCM too. */
export const IV_BYTES = 16;

const secretBytes = base64Bytes(1, MESSAGE_BYTES + 64);
const signSchema = z.looseObject({ sign: base64Bytes(1, 8192) });
const macSchema = z.looseObject({ mac: base64Bytes(32, 64) });
const ecdhSchema = z.looseObject({ ecdh: base64Bytes(32) });
const ciphertextSchema = z.looseObject({
  ciphertext: secretBytes,
  iv: z.exactOptional(base64Bytes(IV_BYTES)),
  tag: z.exactOptional(base64Bytes(16)),
});
const plaintextSchema = z.looseObject({ plaintext: base64Bytes(0, MESSAGE_BYTES + 64) });
const wrappedSchema = z.looseObject({ wrapped: secretBytes });
const unwrappedSchema = z.looseObject({ unwrapped: secretBytes });
const encapsulatedSchema = z.looseObject({ ss: base64Bytes(32), ct: base64Bytes(768, 1568) });
// `alg` is stale memory here: not looked at.
const decapsulatedSchema = z.looseObject({ ss: base64Bytes(32) });

/** What `cipher/encrypt` gives. */
export interface DeviceCiphertext {
  readonly ciphertext: Uint8Array;
  /** 16 bytes; absent only where the mode has none. */
  readonly iv?: Uint8Array;
  /** 16 bytes, GCM only. */
  readonly tag?: Uint8Array;
}

/** Cryptography with the keys of one device. */
export class CryptoEndpoints {
  readonly #client: DeviceClient;

  constructor(client: DeviceClient) {
    this.#client = client;
  }

  /** A signature as the device makes it: DER on the Weierstrass curves, RFC 8032 otherwise. */
  async sign(
    kid: string,
    request: { readonly alg: string; readonly message: Uint8Array; readonly context: Uint8Array | undefined },
    limits: CallLimits,
  ): Promise<Uint8Array | undefined> {
    const answer = await this.#use(
      kid,
      "exdsa/sign",
      "sign",
      { msg: request.message, ctx: request.context },
      signSchema,
      limits,
      {
        alg: request.alg,
      },
    );
    return answer?.sign;
  }

  async signMlDsa(
    kid: string,
    request: { readonly message: Uint8Array; readonly context: Uint8Array | undefined },
    limits: CallLimits,
  ): Promise<Uint8Array | undefined> {
    const members = { msg: request.message, ctx: request.context };
    return (await this.#use(kid, "pqc/mldsa/sign", "sign", members, signSchema, limits))?.sign;
  }

  /** The hash is fixed by the key's type. */
  async mac(kid: string, message: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
    return (await this.#use(kid, "hmac/hash", "make a MAC", { msg: message }, macSchema, limits))?.mac;
  }

  /** True when the tag is right, undefined when it is not or the key can't tell. */
  async verifyMac(kid: string, message: Uint8Array, tag: Uint8Array, limits: CallLimits): Promise<true | undefined> {
    const response = await this.#send(kid, "hmac/verify", "check a MAC", { msg: message, mac: tag }, limits);
    return response === undefined ? undefined : true;
  }

  /** The raw secret cut to 32 bytes: whole on P-256, secp256k1 and X25519 only. */
  async agree(kid: string, peer: DevicePeer, limits: CallLimits): Promise<Uint8Array | undefined> {
    return (await this.#use(kid, "ecdh", "agree", {}, ecdhSchema, limits, peerMembers(peer)))?.ecdh;
  }

  async encrypt(
    kid: string,
    request: { readonly alg: string; readonly plaintext: Uint8Array; readonly additionalData: Uint8Array | undefined },
    limits: CallLimits,
  ): Promise<DeviceCiphertext | undefined> {
    const members = { msg: request.plaintext, aad: request.additionalData };
    return this.#use(kid, "cipher/encrypt", "encrypt", members, ciphertextSchema, limits, { alg: request.alg });
  }

  async decrypt(
    kid: string,
    request: {
      readonly alg: string;
      readonly ciphertext: Uint8Array;
      readonly iv: Uint8Array;
      readonly tag: Uint8Array | undefined;
      readonly additionalData: Uint8Array | undefined;
    },
    limits: CallLimits,
  ): Promise<Uint8Array | undefined> {
    const { alg, ciphertext, iv, tag, additionalData } = request;
    const members = { msg: ciphertext, iv, tag, aad: additionalData };
    return (await this.#use(kid, "cipher/decrypt", "decrypt", members, plaintextSchema, limits, { alg }))?.plaintext;
  }

  async wrap(kid: string, alg: string, keyBytes: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
    return (await this.#use(kid, "cipher/wrap", "wrap", { msg: keyBytes }, wrappedSchema, limits, { alg }))?.wrapped;
  }

  async unwrap(kid: string, alg: string, wrapped: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
    return (await this.#use(kid, "cipher/unwrap", "unwrap", { msg: wrapped }, unwrappedSchema, limits, { alg }))
      ?.unwrapped;
  }

  async encapsulate(kid: string, limits: CallLimits): Promise<{ ss: Uint8Array; ct: Uint8Array } | undefined> {
    return this.#use(kid, "pqc/mlkem/encaps", "encapsulate", {}, encapsulatedSchema, limits);
  }

  async decapsulate(kid: string, ciphertext: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
    return (await this.#use(kid, "pqc/mlkem/decaps", "decapsulate", { ct: ciphertext }, decapsulatedSchema, limits))
      ?.ss;
  }

  async #use<Answer>(
    kid: string,
    endpoint: string,
    operation: string,
    bytes: Readonly<Record<string, Uint8Array | undefined>>,
    schema: z.ZodMiniType<Answer>,
    limits: CallLimits,
    texts: Readonly<Record<string, string>> = {},
  ): Promise<Answer | undefined> {
    const response = await this.#send(kid, endpoint, operation, bytes, limits, texts);
    return response === undefined ? undefined : readAnswer(schema, response, { operation, mutates: false });
  }

  #send(
    kid: string,
    endpoint: string,
    operation: string,
    bytes: Readonly<Record<string, Uint8Array | undefined>>,
    limits: CallLimits,
    texts: Readonly<Record<string, string>> = {},
  ): ReturnType<DeviceClient["call"]> {
    const body: Record<string, string> = { kid, ...texts };
    for (const [name, value] of Object.entries(bytes)) if (value !== undefined) body[name] = encodeBase64(value);
    return this.#client.call({
      method: "POST",
      path: `/api/crypto/${endpoint}`,
      body,
      operation,
      mutates: false,
      scopes: scopes.use(kid),
      limits,
    });
  }
}
