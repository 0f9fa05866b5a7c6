/** The wrapped ports of one operation each: agreement, MAC, cipher, key wrap, KEM, export, derivation, opener. */

import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Cipher } from "../ports/cipher.ts";
import type { DeterministicDerivation } from "../ports/deterministic-derivation.ts";
import type { Kem } from "../ports/kem.ts";
import type { KeyAgreement } from "../ports/key-agreement.ts";
import type { KeyExport } from "../ports/key-export.ts";
import type { KeyOpener } from "../ports/key-opener.ts";
import type { KeyWrap } from "../ports/key-wrap.ts";
import type { Mac } from "../ports/mac.ts";
import type { KnownKey } from "../provider.ts";
import { parseRequest } from "../requests/parse.ts";
import type { QuickCheck } from "../requests/quick-check.ts";
import * as schemas from "../requests/schemas.ts";
import { describeAgree, describeCipher, describeUse, describeVerifyMac, withSize } from "./describe-request.ts";
import type { Invoker } from "./invoker.ts";
import { resolvePeer } from "./key-store-port.ts";

type Schema<Request> = Parameters<typeof parseRequest<Request>>[0];

/** One method: check, resolve the key, describe, gate, call. */
function method<Request extends { readonly key: string }, Result>(
  invoker: Invoker,
  schema: Schema<Request>,
  describe: (request: Request, known: KnownKey | undefined) => OperationDescriptor,
  call: (request: Request, options?: CallOptions) => Promise<Result>,
  quickCheck?: QuickCheck,
): (request: Request, options?: CallOptions) => Promise<Result> {
  return async (raw, rawOptions) => {
    const options = invoker.begin(rawOptions, "The operation");
    const quick = quickCheck !== undefined && typeof raw === "object" && raw !== null && quickCheck(raw);
    const parsed = quick ? raw : parseRequest(schema, raw);
    const id = invoker.resolve(parsed.key);
    const request = { ...parsed, key: id };
    const known = invoker.describe(id);
    const descriptor = describe(request, known);
    return invoker.invoke(
      { operation: descriptor.operation, descriptor, id, known, call: (given) => call(request, given) },
      options,
    );
  };
}

export function agreementPort(port: KeyAgreement, invoker: Invoker): KeyAgreement {
  return {
    agree: method(invoker, schemas.agreeSchema, describeAgree, (request, options) =>
      port.agree({ ...request, peer: resolvePeer(request.peer, invoker) }, options),
    ),
  };
}

export function macPort(port: Mac, invoker: Invoker): Mac {
  return {
    mac: method(
      invoker,
      schemas.macSchema,
      (request, known) => withSize(describeUse("mac", request.algorithm, known), "message", request.message.length),
      (request, options) => port.mac(request, options),
      schemas.macQuickCheck,
    ),
    verifyMac: method(
      invoker,
      schemas.verifyMacSchema,
      describeVerifyMac,
      (request, options) => port.verifyMac(request, options),
      schemas.verifyMacQuickCheck,
    ),
  };
}

export function cipherPort(port: Cipher, invoker: Invoker): Cipher {
  return {
    encrypt: method(
      invoker,
      schemas.encryptSchema,
      (request, known) => describeCipher("encrypt", request, known),
      (request, options) => port.encrypt(request, options),
      schemas.encryptQuickCheck,
    ),
    decrypt: method(
      invoker,
      schemas.decryptSchema,
      (request, known) => describeCipher("decrypt", request, known),
      (request, options) => port.decrypt(request, options),
      schemas.decryptQuickCheck,
    ),
  };
}

export function keyWrapPort(port: KeyWrap, invoker: Invoker): KeyWrap {
  return {
    wrap: method(
      invoker,
      schemas.wrapSchema,
      (request, known) =>
        withSize(describeUse("wrap", request.algorithm, known), "plaintext", request.plaintext.length),
      (request, options) => port.wrap(request, options),
    ),
    unwrap: method(
      invoker,
      schemas.unwrapSchema,
      (request, known) =>
        withSize(describeUse("unwrap", request.algorithm, known), "ciphertext", request.wrapped.length),
      (request, options) => port.unwrap(request, options),
    ),
  };
}

export function kemPort(port: Kem, invoker: Invoker): Kem {
  return {
    encapsulate: method(
      invoker,
      schemas.encapsulateSchema,
      (request, known) => describeUse("encapsulate", request.algorithm, known),
      (request, options) => port.encapsulate(request, options),
    ),
    decapsulate: method(
      invoker,
      schemas.decapsulateSchema,
      (request, known) =>
        withSize(describeUse("decapsulate", request.algorithm, known), "ciphertext", request.ciphertext.length),
      (request, options) => port.decapsulate(request, options),
    ),
  };
}

export function deterministicDerivationPort(port: DeterministicDerivation, invoker: Invoker): DeterministicDerivation {
  return {
    deriveOutput: method(
      invoker,
      schemas.deriveOutputSchema,
      (request, known) => describeUse("derive-output", request.algorithm, known),
      (request, options) => port.deriveOutput(request, options),
    ),
  };
}

export function keyExportPort(port: KeyExport, invoker: Invoker): KeyExport {
  return {
    async export(key, rawOptions) {
      const options = invoker.begin(rawOptions, "export");
      const id = invoker.resolve(parseRequest(schemas.keySchema, key));
      const known = invoker.describe(id);
      const descriptor: OperationDescriptor =
        known === undefined
          ? { operation: "export" }
          : { operation: "export", keyType: known.keyType, half: known.half };
      return invoker.invoke(
        { operation: "export", descriptor, id, known, call: (given) => port.export(id, given) },
        options,
      );
    },
  };
}

export function keyOpenerPort(port: KeyOpener, invoker: Invoker): KeyOpener {
  return {
    async open(key, rawOptions) {
      const options = invoker.begin(rawOptions, "open");
      const id = invoker.resolve(parseRequest(schemas.keySchema, key));
      return invoker.invoke(
        { operation: "open", id, known: invoker.describe(id), call: (given) => port.open(id, given) },
        options,
      );
    },
  };
}
