/** ECDSA on the STARK curve as a textbook has it: slow, and by nobody's library. */

const P = 0x0800000000000011000000000000000000000000000000000000000000000001n;
const N = 0x0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn;
const G: Point = [
  0x01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  0x005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
];
type Point = readonly [bigint, bigint] | undefined;

const modulo = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [modulo(base, modulus), exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function add(left: Point, right: Point): Point {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const [x1, y1] = left;
  const [x2, y2] = right;
  if (x1 === x2 && modulo(y1 + y2, P) === 0n) return undefined;
  const slope = x1 === x2 ? (3n * x1 * x1 + 1n) * power(2n * y1, P - 2n, P) : (y2 - y1) * power(x2 - x1, P - 2n, P);
  const x3 = modulo(slope * slope - x1 - x2, P);
  return [x3, modulo(slope * (x1 - x3) - y1, P)];
}

function multiply(point: Point, scalar: bigint): Point {
  let result: Point;
  for (let [doubled, rest] = [point, scalar]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** Whether `r || s` is a signature of the 32-byte digest, read as one integer modulo the group order. */
export function verifyStark(signature: Uint8Array, digest: Uint8Array, point: Uint8Array): boolean {
  const [r, s] = [integer(signature.subarray(0, 32)), integer(signature.subarray(32))];
  if (r === 0n || r >= N || s === 0n || s >= N) return false;
  const inverse = power(s, N - 2n, N);
  const publicKey: Point = [integer(point.subarray(1, 33)), integer(point.subarray(33))];
  const sum = add(multiply(G, modulo(integer(digest) * inverse, N)), multiply(publicKey, modulo(r * inverse, N)));
  return sum !== undefined && modulo(sum[0], N) === r;
}
