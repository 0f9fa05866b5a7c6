import { isWeierstrassKeyType, KeyrailError } from "@keyrail/core";
import { encodeEcdsa, isLowS, parseEcdsa, twin } from "../../src/reference/ecdsa-signature.ts";
import { changed, present, withKeys, without, withSign, withVerify, type WrongProvider } from "./wrong-provider.ts";

const curveOf = (algorithm: string): "P-256" | "secp256k1" | undefined =>
  algorithm === "ES256" ? "P-256" : algorithm === "ES256K" ? "secp256k1" : undefined;

export const WRONG_SIGNATURES: readonly WrongProvider[] = [
  {
    name: "signs another message",
    caughtBy: ["sign.es256.verifies", "sign.ed25519.verifies", "sign.ml-dsa-44.verifies"],
    make: (right) =>
      withSign(right, (port) => (request, options) => {
        if (!("message" in request)) return port.sign(request, options);
        return port.sign({ ...request, message: new Uint8Array([...request.message, 1]) }, options);
      }),
  },
  {
    name: "cuts long messages",
    caughtBy: ["sign.ed25519.verifies", "sign.es256k.verifies"],
    make: (right) =>
      withSign(right, (port) => (request, options) => {
        if (!("message" in request)) return port.sign(request, options);
        return port.sign({ ...request, message: request.message.slice(0, 2048) }, options);
      }),
  },
  {
    name: "hashes a digest again",
    caughtBy: ["sign.es256.digest", "sign.es256k.digest"],
    make: (right) =>
      withSign(right, (port) => (request, options) => {
        if (!("digest" in request)) return port.sign(request, options);
        const { digest, ...rest } = request;
        return port.sign({ ...rest, message: digest }, options);
      }),
  },
  {
    name: "swaps DER and P1363",
    caughtBy: ["sign.es256.der", "sign.es256.p1363", "sign.es256k.der"],
    make: (right) =>
      withSign(right, (port) => (request, options) => {
        if (request.format === undefined) return port.sign(request, options);
        return port.sign({ ...request, format: request.format === "der" ? "p1363" : "der" }, options);
      }),
  },
  {
    name: "gives DER where nothing is said",
    caughtBy: ["sign.es256.p1363"],
    make: (right) =>
      withSign(right, (port) => (request, options) => {
        const der = curveOf(request.algorithm) !== undefined && request.format === undefined;
        return port.sign(der ? { ...request, format: "der" } : request, options);
      }),
  },
  {
    name: "writes DER with a superfluous zero",
    caughtBy: ["sign.es256.der"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        const made = await port.sign(request, options);
        if (request.format !== "der") return made;
        const content = made.signature.subarray(2);
        const padded = [0x02, (content[1] ?? 0) + 1, 0, ...content.subarray(2)];
        return { ...made, signature: new Uint8Array([0x30, padded.length, ...padded]) };
      }),
  },
  {
    name: "gives the higher S where the lower was asked",
    caughtBy: ["sign.es256.low-s", "sign.es256k.low-s", "sign.es256k.low-s-by-default"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        const made = await port.sign({ ...request, format: "p1363" }, options);
        const keyType = curveOf(request.algorithm);
        if (keyType === undefined) return port.sign(request, options);
        const parsed = present(parseEcdsa(keyType, "p1363", made.signature));
        const high = isLowS(keyType, parsed) ? twin(keyType, parsed) : parsed;
        return { ...made, signature: encodeEcdsa(keyType, request.format ?? "p1363", high) };
      }),
  },
  {
    name: "does not look at S by default on secp256k1",
    caughtBy: ["sign.es256k.low-s-by-default"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        const made = await port.sign(request, options);
        const format = request.format ?? "p1363";
        const parsed = request.algorithm === "ES256K" ? parseEcdsa("secp256k1", format, made.signature) : undefined;
        if (parsed === undefined || request.lowS !== undefined || (made.signature[0] ?? 0) % 2 === 0) return made;
        return { ...made, signature: encodeEcdsa("secp256k1", format, twin("secp256k1", parsed)) };
      }),
  },
  {
    name: "accepts the higher S where the lower was asked",
    caughtBy: ["verify.es256.low-s", "verify.es256k.low-s"],
    make: (right) => withVerify(right, (request) => without(request, "lowS")),
  },
  {
    name: "refuses the higher S though nobody asked",
    caughtBy: ["verify.es256.low-s"],
    make: (right) =>
      withVerify(right, (request) => (curveOf(request.algorithm) === undefined ? request : { ...request, lowS: true })),
  },
  {
    name: "gives a wrong recovery id",
    caughtBy: ["sign.es256k.recovery-id"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        const made = await port.sign(request, options);
        return made.recoveryId === undefined ? made : { ...made, recoveryId: made.recoveryId ^ 1 };
      }),
  },
  {
    name: "leaves the recovery id out",
    caughtBy: ["sign.es256k.recovery-id"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        const { recoveryId: _, ...made } = await port.sign(request, options);
        return made;
      }),
  },
  {
    name: "signs BIP341 under the untweaked key",
    caughtBy: ["sign.bip341.output-key", "sign.bip341.verifies"],
    make: (right) =>
      withSign(right, (port) => async (request, options) => {
        if (request.algorithm !== "BIP341") return port.sign(request, options);
        const made = await port.sign({ ...without(request, "merkleRoot"), algorithm: "BIP340" }, options);
        return { ...made, outputKey: (await right.keys.getPublic(request.key)).toXOnly() };
      }),
  },
  {
    name: "ignores the script tree's root",
    caughtBy: ["sign.bip341.merkle-root"],
    make: (right) =>
      withSign(right, (port) => (request, options) => port.sign(without(request, "merkleRoot"), options)),
  },
  {
    name: "ignores the script tree's root when it verifies",
    caughtBy: ["verify.bip341.merkle-root"],
    make: (right) => withVerify(right, (request) => without(request, "merkleRoot")),
  },
  {
    name: "ignores the context",
    caughtBy: ["sign.ed25519ph.context", "sign.ed448.context", "sign.ml-dsa-65.context"],
    make: (right) =>
      withSign(
        right,
        (port) => (request, options) =>
          port.sign(request.algorithm === "Ed25519ctx" ? request : without(request, "context"), options),
      ),
  },
  {
    name: "ignores the context when it verifies",
    caughtBy: ["verify.ed448.context", "verify.ml-dsa-87.context"],
    make: (right) =>
      withVerify(right, (request) => (request.algorithm === "Ed25519ctx" ? request : without(request, "context"))),
  },
  {
    name: "says yes to every signature",
    caughtBy: ["verify.es256.rejects", "verify.es256.garbage", "verify.ed25519.rejects", "verify.bip340.garbage"],
    make: (right) => changed(right, { verifier: { verify: async () => true } }),
  },
  {
    name: "says no to every signature",
    caughtBy: ["verify.es256.accepts", "verify.ed25519.accepts", "verify.ml-dsa-44.accepts"],
    make: (right) => changed(right, { verifier: { verify: async () => false } }),
  },
  {
    name: "throws on a signature that is none",
    caughtBy: ["verify.es256.garbage", "verify.ed448.garbage"],
    make: (right) => {
      const port = present(right.verifier);
      return changed(right, {
        verifier: {
          async verify(request, options) {
            if (request.signature.length >= 64) return port.verify(request, options);
            throw new KeyrailError("InvalidRequest", "This is no signature.", { path: "signature" });
          },
        },
      });
    },
  },
  {
    name: "takes either encoding for the other",
    caughtBy: ["verify.es256.der", "verify.es256.p1363"],
    make: (right) =>
      withVerify(right, (request) => {
        const keyType = curveOf(request.algorithm);
        if (keyType === undefined) return request;
        return { ...request, format: request.signature[0] === 0x30 && request.signature.length > 67 ? "der" : "p1363" };
      }),
  },
  {
    name: "reads DER as loosely as BER",
    caughtBy: ["verify.es256.der"],
    make: (right) =>
      withVerify(right, (request) => {
        const keyType = curveOf(request.algorithm);
        if (keyType === undefined || request.format !== "der" || !isWeierstrassKeyType(keyType)) return request;
        return { ...request, signature: request.signature.slice(0, 2 + (request.signature[1] ?? 0)) };
      }),
  },
  {
    name: "gives the public key of another key",
    caughtBy: ["create.p-256", "create.ed25519", "sign.es256.verifies"],
    make: (right) => {
      const first = new Map<string, string>();
      return withKeys(right, {
        async getPublic(key, options) {
          const publicKey = await right.keys.getPublic(key, options);
          const other = first.get(publicKey.keyType);
          if (other === undefined) first.set(publicKey.keyType, key);
          return other === undefined || other === key ? publicKey : right.keys.getPublic(other, options);
        },
      });
    },
  },
];
