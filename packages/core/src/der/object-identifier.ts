/** OBJECT IDENTIFIER content (X.690, 8.19) to and from dotted decimal. */

const MAXIMUM_ARC = 2 ** 48;

/** Dotted form, or `undefined` when the content is empty, truncated, not minimal or has an arc above 2^48. */
export function decodeObjectIdentifier(content: Uint8Array): string | undefined {
  const arcs: number[] = [];
  let value = 0;
  let inside = false;
  for (const byte of content) {
    if (!inside && byte === 0x80) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (value > MAXIMUM_ARC) return undefined;
    inside = byte >= 0x80;
    if (inside) continue;
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(value / 40));
      arcs.push(root, value - 40 * root);
    } else {
      arcs.push(value);
    }
    value = 0;
  }
  return inside || arcs.length === 0 ? undefined : arcs.join(".");
}

/** Content bytes of an OBJECT IDENTIFIER given in dotted form. For constants: the form is not checked. */
export function encodeObjectIdentifier(dotted: string): Uint8Array {
  const [root = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [40 * root + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80);
    bytes.push(...digits);
  }
  return Uint8Array.from(bytes);
}
