/** The forms in which a secret may show up in a text. */

/** Turns a text into the one that {@link secretForms} are looked for in: without white space, lower case kept. */
export function withoutSpace(text: string): string {
  return text.replace(/\s+/g, "");
}

const WINDOW = 15;

/**
 * Needles for a secret of 15 bytes or more: its first and last 15 bytes as hex (either case), base64 and base64url
 * (whatever the alignment), decimal lists (`1,2,3`), JSON of a typed array (`"0":1,"1":2`), raw Latin-1 text; and the
 * whole as a decimal integer. White space in the searched text must have been removed.
 */
export function secretForms(secret: Uint8Array): string[] {
  if (secret.length < WINDOW) return [];
  const forms = new Set<string>();
  for (const window of [secret.subarray(0, WINDOW), secret.subarray(secret.length - WINDOW)]) {
    const buffer = Buffer.from(window);
    const hex = buffer.toString("hex");
    forms.add(hex).add(hex.toUpperCase());
    for (const alignment of [0, 1, 2]) {
      // Whole groups of three bytes only: the characters at the edges depend on the neighbours.
      const end = alignment + 3 * Math.floor((WINDOW - alignment) / 3);
      const aligned = buffer.subarray(alignment, end);
      forms.add(aligned.toString("base64")).add(aligned.toString("base64url"));
    }
    forms.add(window.join(","));
    forms.add([...window].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(","));
    const raw = withoutSpace(buffer.toString("latin1"));
    if (raw.length >= 12) forms.add(raw);
  }
  forms.add([...secret.subarray(0, WINDOW)].map((byte, index) => `"${index}":${byte}`).join(","));
  forms.add(BigInt(`0x${Buffer.from(secret).toString("hex")}`).toString());
  return [...forms];
}
