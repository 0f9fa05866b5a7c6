/** EdDSA (RFC 8032): Ed25519 and Ed448, pure, with context and pre-hashed. */

import { type KeyObject, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { plain } from "../engines/byte-strings.ts";
import { type EddsaVariant, expandedEd25519Sign, nobleEddsaSign, nobleEddsaVerify } from "../engines/noble-eddsa.ts";
import { hasEd25519Context, hasEd448Context } from "../engines/node-features.ts";
import { isLarge } from "../engines/large-input.ts";
import { invalidRequest } from "../errors.ts";
import {
  privateKeyBytes,
  privateKeyObject,
  type PrivateKeyParts,
  publicKeyBytes,
  publicKeyObject,
  type PublicKeyParts,
} from "../keys/key-parts.ts";
import { contextOf, messageOf, type SignatureParameters, type SignatureScheme } from "./signature-scheme.ts";

/** The scheme of one variant. */
export function eddsaScheme(variant: EddsaVariant): SignatureScheme {
  const runsOnNode = nodeSupport(variant);
  return {
    engine: (preference) => (preference !== "noble" && runsOnNode(undefined) ? "node" : "noble"),
    sign(parts, request) {
      const message = messageOf(request);
      const context = eddsaContext(variant, request);
      if (parts.format !== "expanded" && parts.preference !== "noble" && runsOnNode(context)) {
        return { signature: plain(nodeSign(null, message, withContext(privateKeyObject(parts), context))) };
      }
      return { signature: signByNoble(variant, parts, message, context) };
    },
    verify(parts, request) {
      const message = messageOf(request);
      const context = eddsaContext(variant, request);
      if (parts.preference !== "noble" && runsOnNode(context)) {
        return nodeVerify(null, message, withContext(publicKeyObject(parts), context), request.signature);
      }
      return nobleEddsaVerify(variant, request.signature, message, publicKeyBytes(parts), context);
    },
    signInPool(parts, request) {
      // Ed25519 takes 35 us: the thread pool would only cost.
      const context = eddsaContext(variant, request);
      const message = messageOf(request);
      if ((variant !== "Ed448" && !isLarge(message)) || parts.format === "expanded") return undefined;
      if (parts.preference === "noble" || !runsOnNode(context)) return undefined;
      return (done) => {
        nodeSign(null, message, withContext(privateKeyObject(parts), context), (error, signature) => {
          if (error !== null) done(error);
          else done(null, { signature: plain(signature) });
        });
      };
    },
    verifyInPool(parts: PublicKeyParts, request) {
      const context = eddsaContext(variant, request);
      if (parts.preference === "noble" || !runsOnNode(context)) return undefined;
      const message = messageOf(request);
      return (done) => nodeVerify(null, message, withContext(publicKeyObject(parts), context), request.signature, done);
    },
  };
}

/** Whether `node:crypto` makes this variant with this context. */
function nodeSupport(variant: EddsaVariant): (context: Uint8Array | undefined) => boolean {
  switch (variant) {
    case "Ed25519":
      return () => true;
    case "Ed25519ctx":
      return hasEd25519Context;
    case "Ed448":
      return (context) => context === undefined || hasEd448Context();
    default:
      return () => false;
  }
}

function withContext(
  key: KeyObject,
  context: Uint8Array | undefined,
): KeyObject | { key: KeyObject; context: Uint8Array } {
  return context === undefined ? key : { key, context };
}

function signByNoble(
  variant: EddsaVariant,
  parts: PrivateKeyParts,
  message: Uint8Array,
  context: Uint8Array | undefined,
): Uint8Array {
  if (parts.format === "expanded" && variant !== "Ed448" && variant !== "Ed448ph") {
    return expandedEd25519Sign(variant, message, privateKeyBytes(parts), publicKeyBytes(parts), context);
  }
  return nobleEddsaSign(variant, message, privateKeyBytes(parts), context);
}

function eddsaContext(variant: EddsaVariant, request: SignatureParameters): Uint8Array | undefined {
  const context = contextOf(request);
  if (variant === "Ed25519ctx" && (context === undefined || context.length === 0)) {
    throw invalidRequest("Ed25519ctx needs a context of 1 to 255 bytes (RFC 8032, 8.3).", "context");
  }
  if (variant === "Ed25519" && context !== undefined) {
    throw invalidRequest("Plain Ed25519 takes no context; use Ed25519ctx.", "context");
  }
  // An empty context is the same as none for Ed448 and the pre-hashed variants.
  return context?.length === 0 ? undefined : context;
}
