export {
  EC_PUBLIC_KEY_OID,
  NAMED_CURVE_OIDS,
  isNamedCurveKeyType,
  keyAlgorithmIdentifier,
  readKeyAlgorithm,
  readNamedCurve,
  requireObjectIdentifier,
  type NamedCurveKeyType,
  type StandardKeyType,
} from "./algorithm-identifier.ts";
export { decodePublicMembers, jwkBytes, keyTypeOfJwk, quotedName } from "./jwk.ts";
export type { AkpPublicJwk, EcPublicJwk, OkpPublicJwk, PublicJwk, PublicJwkMembers } from "./jwk.ts";
export { PublicKey } from "./public-key.ts";
export {
  WEIERSTRASS_CURVES,
  WEIERSTRASS_KEY_TYPES,
  isWeierstrassKeyType,
  type WeierstrassCurve,
  type WeierstrassKeyType,
} from "./weierstrass.ts";
