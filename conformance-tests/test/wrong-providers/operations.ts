import { createHash } from "node:crypto";
import { isKeyrailError, KeyrailError, PublicKey } from "@keyrail/core";
import { generateKeyPair } from "../../src/reference/key-material.ts";
import { changed, present, withKeys, type WrongProvider } from "./wrong-provider.ts";

export const WRONG_OPERATIONS: readonly WrongProvider[] = [
  {
    name: "hashes the agreed secret",
    caughtBy: ["agree.ecdh.p-256.matches", "agree.x25519.matches"],
    make: (right) => {
      const port = present(right.agreement);
      return changed(right, {
        agreement: {
          agree: async (request, options) =>
            new Uint8Array(
              createHash("sha256")
                .update(await port.agree(request, options))
                .digest(),
            ),
        },
      });
    },
  },
  {
    name: "cuts the agreed secret to 32 bytes",
    caughtBy: ["agree.ecdh.p-384.matches", "agree.ecdh.p-521.matches", "agree.x448.matches"],
    make: (right) => {
      const port = present(right.agreement);
      return changed(right, {
        agreement: { agree: async (request, options) => (await port.agree(request, options)).slice(0, 32) },
      });
    },
  },
  {
    name: "drops leading zeros of the agreed secret",
    caughtBy: ["agree.ecdh.p-256.leading-zero", "agree.ecdh.secp256k1.leading-zero"],
    make: (right) => {
      const port = present(right.agreement);
      return changed(right, {
        agreement: {
          async agree(request, options) {
            const secret = await port.agree(request, options);
            return secret[0] === 0 ? secret.slice(1) : secret;
          },
        },
      });
    },
  },
  {
    name: "agrees with a point off the curve",
    caughtBy: ["agree.ecdh.p-256.wrong-peer", "agree.x25519.wrong-peer"],
    make: (right) => {
      const port = present(right.agreement);
      return changed(right, {
        agreement: {
          async agree(request, options) {
            try {
              return await port.agree(request, options);
            } catch (error) {
              if (!isKeyrailError(error, "InvalidKeyMaterial")) throw error;
              return new Uint8Array(32);
            }
          },
        },
      });
    },
  },
  {
    name: "imports a point off the curve",
    caughtBy: ["import.public.p-256.wrong-material", "import.public.secp256k1.wrong-material"],
    make: (right) =>
      withKeys(right, {
        async import(request, options) {
          try {
            return await right.keys.import(request, options);
          } catch (error) {
            if (!isKeyrailError(error, "InvalidKeyMaterial") || request.kind !== "public") throw error;
            const { publicKey } = generateKeyPair(request.publicKey.keyType);
            return right.keys.import(
              { ...request, publicKey: PublicKey.fromRaw(publicKey.keyType, publicKey.toRaw()) },
              options,
            );
          }
        },
      }),
  },
  {
    name: "reduces a scalar instead of refusing it",
    caughtBy: ["import.private.p-256.wrong-material", "import.private.secp256k1.wrong-material"],
    make: (right) =>
      withKeys(right, {
        async import(request, options) {
          try {
            return await right.keys.import(request, options);
          } catch (error) {
            if (!isKeyrailError(error, "InvalidKeyMaterial") || request.kind !== "private") throw error;
            const one = new Uint8Array(request.privateKey.bytes.length);
            one[one.length - 1] = 1;
            return right.keys.import({ ...request, privateKey: { ...request.privateKey, bytes: one } }, options);
          }
        },
      }),
  },
  {
    name: "makes a new key instead of importing the given one",
    caughtBy: ["import.private.p-256.scalar", "import.private.ed25519.seed", "import.private.x25519.seed"],
    make: (right) =>
      withKeys(right, {
        async import(request, options) {
          if (request.kind !== "private") return right.keys.import(request, options);
          const { kind: _kind, privateKey, ...attributes } = request;
          return {
            ...(await right.keys.create({ keyType: privateKey.keyType, ...attributes }, options)),
            origin: "imported",
          };
        },
      }),
  },
  {
    name: "gives half of the tag",
    caughtBy: ["mac.hs256.tag", "mac.hs512.tag"],
    make: (right) => {
      const port = present(right.mac);
      return changed(right, {
        mac: { ...port, mac: async (request, options) => (await port.mac(request, options)).slice(0, 16) },
      });
    },
  },
  {
    name: "checks the first 16 bytes of a tag only",
    caughtBy: ["mac.hs256.verify"],
    make: (right) => {
      const port = present(right.mac);
      return changed(right, {
        mac: {
          ...port,
          verifyMac: (request, options) => port.verifyMac({ ...request, tag: request.tag.slice(0, 16) }, options),
        },
      });
    },
  },
  {
    name: "takes a tag of any length",
    caughtBy: ["mac.hs256.truncated"],
    make: (right) => {
      const port = present(right.mac);
      return changed(right, {
        mac: {
          ...port,
          async verifyMac(request, options) {
            const { tag, ...rest } = request;
            const whole = await port.mac(rest, options);
            return tag.every((byte, index) => byte === whole[index]);
          },
        },
      });
    },
  },
  {
    name: "does not check the tag of GCM",
    caughtBy: ["cipher.a256gcm.tampered", "cipher.a128gcm.tampered"],
    make: (right) => {
      const port = present(right.cipher);
      return changed(right, {
        cipher: {
          ...port,
          async decrypt(request, options) {
            try {
              return await port.decrypt(request, options);
            } catch (error) {
              if (!isKeyrailError(error, "DecryptionFailed") || !request.algorithm.endsWith("GCM")) throw error;
              return request.ciphertext.map((byte) => byte ^ 0x55);
            }
          },
        },
      });
    },
  },
  {
    name: "ignores the additional data",
    caughtBy: ["cipher.a256gcm.additional-data"],
    make: (right) => {
      const port = present(right.cipher);
      return changed(right, {
        cipher: {
          encrypt({ additionalData: _additionalData, ...request }, options) {
            return port.encrypt(request, options);
          },
          decrypt({ additionalData: _additionalData, ...request }, options) {
            return port.decrypt(request, options);
          },
        },
      });
    },
  },
  {
    name: "uses one IV for everything",
    caughtBy: ["cipher.a256gcm.fresh-iv", "cipher.a128cbc.fresh-iv", "cipher.a256gcm.given-iv"],
    make: (right) => {
      const port = present(right.cipher);
      return changed(right, {
        cipher: {
          ...port,
          encrypt: (request, options) =>
            port.encrypt({ ...request, iv: new Uint8Array(request.algorithm.endsWith("GCM") ? 12 : 16) }, options),
        },
      });
    },
  },
  {
    name: "says what was wrong with the padding",
    caughtBy: ["cipher.a256cbc.padding"],
    make: (right) => {
      const port = present(right.cipher);
      let count = 0;
      return changed(right, {
        cipher: {
          ...port,
          async decrypt(request, options) {
            try {
              return await port.decrypt(request, options);
            } catch (error) {
              if (!isKeyrailError(error, "DecryptionFailed")) throw error;
              throw new KeyrailError("DecryptionFailed", `The padding is wrong in way ${++count}.`, error.context);
            }
          },
        },
      });
    },
  },
  {
    name: "gives what it unwrapped though the check value is wrong",
    caughtBy: ["key-wrap.a256kw.tampered", "key-wrap.a256kwp.tampered"],
    make: (right) => {
      const port = present(right.keyWrap);
      return changed(right, {
        keyWrap: {
          ...port,
          async unwrap(request, options) {
            try {
              return await port.unwrap(request, options);
            } catch (error) {
              if (!isKeyrailError(error, "DecryptionFailed")) throw error;
              return request.wrapped.slice(8);
            }
          },
        },
      });
    },
  },
  {
    name: "throws instead of rejecting implicitly",
    caughtBy: ["kem.ml-kem-768.implicit-rejection"],
    make: (right) => {
      const port = present(right.kem);
      return changed(right, {
        kem: {
          ...port,
          async decapsulate() {
            throw new KeyrailError("DecryptionFailed", "This ciphertext is not for this key.", {});
          },
        },
      });
    },
  },
  {
    name: "gives one secret for every ciphertext",
    caughtBy: ["kem.ml-kem-512.decapsulate", "kem.ml-kem-512.encapsulate"],
    make: (right) => {
      const port = present(right.kem);
      const secret = new Uint8Array(32).fill(9);
      return changed(right, {
        kem: {
          encapsulate: async (request, options) => ({
            ...(await port.encapsulate(request, options)),
            sharedSecret: secret,
          }),
          decapsulate: async () => secret,
        },
      });
    },
  },
  {
    name: "derives another child",
    caughtBy: [
      "derive-hd.bip32.secp256k1.computed",
      "derive-hd.slip10.p-256.computed",
      "derive-hd.edwards-hd.ed25519.computed",
    ],
    make: (right) =>
      withKeys(right, {
        derive: (request, options) =>
          right.keys.derive(request.kind === "hd" ? { ...request, path: `${request.path}/1` } : request, options),
      }),
  },
  {
    name: "takes a hardened step for a plain one",
    caughtBy: ["derive-hd.bip32.secp256k1.hardened", "derive-hd.edwards-hd.ed25519.hardened"],
    make: (right) =>
      withKeys(right, {
        derive: (request, options) =>
          right.keys.derive(
            request.kind === "hd" ? { ...request, path: request.path.replaceAll("'", "") } : request,
            options,
          ),
      }),
  },
  {
    name: "derives by agreement without looking at the peer",
    caughtBy: ["derive-ecdh.p-256.hmac-sha-256.both-sides", "derive-ecdh.x25519.aes-256.both-sides"],
    make: (right) => {
      const peers = new Map<string, PublicKey>();
      return withKeys(right, {
        async derive(request, options) {
          if (request.kind !== "ecdh" || !("publicKey" in request.peer)) return right.keys.derive(request, options);
          const { keyType } = request.peer.publicKey;
          const peer = peers.get(keyType) ?? generateKeyPair(keyType).publicKey;
          peers.set(keyType, peer);
          return right.keys.derive({ ...request, peer: { publicKey: peer } }, options);
        },
      });
    },
  },
  {
    name: "ignores salt and info of a derivation",
    caughtBy: ["derive-ecdh.p-256.salt", "derive-ecdh.p-256.info", "derive-ecdh.x448.info"],
    make: (right) =>
      withKeys(right, {
        derive(request, options) {
          if (request.kind !== "ecdh") return right.keys.derive(request, options);
          const { salt: _salt, info: _info, ...rest } = request;
          return right.keys.derive(rest, options);
        },
      }),
  },
  {
    name: "forgets the seed of a deterministic output",
    caughtBy: ["derive-output.glow20.deterministic"],
    make: (right) => {
      const port = present(right.deterministicDerivation);
      return changed(right, {
        deterministicDerivation: {
          deriveOutput: (request, options) => port.deriveOutput({ ...request, seed: new Uint8Array(4) }, options),
        },
      });
    },
  },
];
