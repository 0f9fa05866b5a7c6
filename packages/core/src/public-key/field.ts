/** Arithmetic modulo an odd prime on public values. Not in constant time: never for secrets. */

/** The residue of `value` in `0 .. modulus - 1`, for negative values too. */
export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** `base ^ exponent mod modulus`. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = mod(base, modulus);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Jacobi symbol of `value` over the odd `modulus`: 1 for a non-zero square modulo a prime, -1 for a non-square, 0 for zero. */
export function jacobi(value: bigint, modulus: bigint): -1 | 0 | 1 {
  let top = mod(value, modulus);
  let bottom = modulus;
  let negative = false;
  while (top !== 0n) {
    let twos = 0;
    while ((top & 1n) === 0n) {
      top >>= 1n;
      twos++;
    }
    const eight = bottom & 7n;
    if (twos % 2 === 1 && (eight === 3n || eight === 5n)) negative = !negative;
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) negative = !negative;
    [top, bottom] = [bottom % top, top];
  }
  if (bottom !== 1n) return 0;
  return negative ? -1 : 1;
}

/** A square root modulo the odd prime `p`, or `undefined` when there is none. */
export function modSqrt(value: bigint, p: bigint): bigint | undefined {
  const square = mod(value, p);
  if (square === 0n) return 0n;
  if ((p & 3n) === 3n) {
    const root = modPow(square, (p + 1n) >> 2n, p);
    return (root * root) % p === square ? root : undefined;
  }
  return jacobi(square, p) === 1 ? cipolla(square, p) : undefined;
}

/**
 * Cipolla's algorithm. The stark prime is 1 modulo 2^192, for which Tonelli-Shanks needs thousands of
 * multiplications; this needs one exponentiation in the quadratic extension.
 */
function cipolla(square: bigint, p: bigint): bigint {
  let shift = 1n;
  let nonSquare = mod(shift * shift - square, p);
  while (jacobi(nonSquare, p) !== -1) {
    // The shift itself may be the root.
    if (nonSquare === 0n) return shift;
    shift++;
    nonSquare = mod(shift * shift - square, p);
  }
  // (shift + sqrt(nonSquare)) ^ ((p + 1) / 2), with elements written as real + imaginary * sqrt(nonSquare).
  let real = 1n;
  let imaginary = 0n;
  let baseReal = shift;
  let baseImaginary = 1n;
  for (let left = (p + 1n) >> 1n; left > 0n; left >>= 1n) {
    if (left & 1n) {
      [real, imaginary] = [
        (real * baseReal + ((imaginary * baseImaginary) % p) * nonSquare) % p,
        (real * baseImaginary + imaginary * baseReal) % p,
      ];
    }
    [baseReal, baseImaginary] = [
      (baseReal * baseReal + ((baseImaginary * baseImaginary) % p) * nonSquare) % p,
      (2n * baseReal * baseImaginary) % p,
    ];
  }
  return real;
}
