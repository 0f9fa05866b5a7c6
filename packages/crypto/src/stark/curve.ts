/** The STARK-friendly curve of Starknet: parameters only. Internal; loads noble. */

import { weierstrass, type WeierstrassPointCons } from "@noble/curves/abstract/weierstrass.js";

/**
 * Points of y^2 = x^3 + x + b over p = 2^251 + 17 * 2^192 + 1, of prime order n (cofactor 1). Parameters as published
 * by StarkWare; n is that of dfns.md, section 8.4. Encodings are those of SEC 1 with 32-byte coordinates.
 */
export const StarkPoint: WeierstrassPointCons<bigint> = weierstrass({
  p: 0x0800000000000011000000000000000000000000000000000000000000000001n,
  n: 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 0x06f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
  Gx: 0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
});
