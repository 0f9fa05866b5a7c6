/** Answers that no service should give, made from the ones it does; by seed, so that a failure can be had again. */

/** A small deterministic generator (mulberry32): 0 to below `bound`. */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  "",
  "0x",
  "\u0000",
  "__proto__",
  "../../keys",
  "🔑".repeat(50),
  "a".repeat(5000),
  "00".repeat(33),
  [],
  [null],
  {},
  { error: { message: 1 } },
];

/** A JSON text near the one given: a member changed, gone, added or repeated; or the text itself damaged. */
export function mutatedJson(text: string, random: (bound: number) => number): string {
  const choice = random(8);
  if (choice === 0) return text.slice(0, random(text.length + 1));
  if (choice === 1) {
    const at = random(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(random(0x300)) + text.slice(at + random(3));
  }
  if (choice === 2) return ["", "<html></html>", "null", "[]", "{}", '"text"', "1", "[".repeat(2000)][random(8)] ?? "";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  for (let changes = 1 + random(3); changes > 0; changes--) value = changed(value, random);
  return JSON.stringify(value) ?? "";
}

function changed(value: unknown, random: (bound: number) => number): unknown {
  const other = VALUES[random(VALUES.length)];
  if (typeof value !== "object" || value === null || random(10) === 0) return other;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    const at = random(items.length + 1);
    if (at === items.length) return [...items, other];
    return random(3) === 0 ? items.toSpliced(at, 1) : items.with(at, changed(items[at], random));
  }
  const entries = Object.entries(value);
  const at = random(entries.length + 1);
  const entry: [string, unknown] | undefined = entries[at];
  if (entry === undefined) return { ...value, [`extra${random(9)}`]: other };
  if (random(3) === 0) return Object.fromEntries(entries.toSpliced(at, 1));
  return { ...value, [entry[0]]: changed(entry[1], random) };
}
