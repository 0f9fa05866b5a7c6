/** Polynomials over a scalar field: evaluation and Lagrange coefficients. Internal. */

import type { IField } from "@noble/curves/abstract/modular.js";

/** f(x) by Horner's rule; `coefficients[k]` belongs to x^k. */
export function evaluate(field: IField<bigint>, coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => field.add(field.mul(sum, x), coefficient), field.ZERO);
}

/** The factors l_j with f(x) = sum of l_j * f(x_j) for every f of degree below the number of indices, all distinct. */
export function lagrangeCoefficients(field: IField<bigint>, indices: readonly bigint[], x: bigint): bigint[] {
  return indices.map((own) => {
    let numerator = field.ONE;
    let denominator = field.ONE;
    for (const other of indices) {
      if (other === own) continue;
      numerator = field.mul(numerator, field.sub(x, other));
      denominator = field.mul(denominator, field.sub(own, other));
    }
    return field.div(numerator, denominator);
  });
}
