/** Answers as no device should give them: mutations of JSON documents, reproducible by their seed. */

/** A small generator of pseudo-random numbers (mulberry32): the same seed gives the same run. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  number(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  /** One of several. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.number(items.length)];
    if (item === undefined) throw new Error("There is nothing to pick from.");
    return item;
  }
}

const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  1.5,
  "",
  " ",
  "\u0000",
  "../../etc",
  "__proto__",
  "=",
  "AA==",
  "AAAA",
  "A".repeat(44),
  "A".repeat(4096),
  "%00",
  "\ud800",
  [],
  {},
  [[[[]]]],
  { toString: 1 },
  "f".repeat(32),
  "F".repeat(33),
];

/** A mutation of a JSON document as text; now and then not JSON at all, or not changed. */
export function mutate(document: unknown, dice: Dice): string {
  switch (dice.number(12)) {
    case 0:
      return "";
    case 1:
      return JSON.stringify(document).slice(0, dice.number(40));
    case 2:
      return Buffer.from(Array.from({ length: dice.number(200) }, () => dice.number(256))).toString("latin1");
    case 3:
      return "[".repeat(5000);
    case 4:
      return JSON.stringify(dice.pick(STRANGE));
    case 5:
      return `${JSON.stringify(document)}${dice.pick(["{}", " ", "\u0000", "]"])}`;
    default:
      return JSON.stringify(changed(document, dice, dice.number(3) + 1));
  }
}

function changed(value: unknown, dice: Dice, changes: number): unknown {
  let result = value;
  for (let change = 0; change < changes; change++) result = changedOnce(result, dice);
  return result;
}

function changedOnce(value: unknown, dice: Dice): unknown {
  if (typeof value === "string" && value !== "" && dice.number(3) > 0) return changedText(value, dice);
  if (Array.isArray(value) && value.length > 0 && dice.number(4) > 0) {
    const index = dice.number(value.length);
    const items: unknown[] = [...value];
    items[index] = changedOnce(items[index], dice);
    return dice.number(5) === 0 ? [...items, ...items] : items;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    const [name] = entries.length === 0 ? ["x"] : dice.pick(entries);
    if (dice.number(6) === 0) return Object.fromEntries(entries.filter(([other]) => other !== name));
    return Object.fromEntries(
      entries.map(([other, member]) => [other, other === name ? changedOnce(member, dice) : member]),
    );
  }
  return dice.pick(STRANGE);
}

function changedText(text: string, dice: Dice): string {
  const at = dice.number(text.length);
  switch (dice.number(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text}${text}`;
    case 2:
      return `${text.slice(0, at)}${String.fromCharCode(dice.number(128))}${text.slice(at + 1)}`;
    default:
      return `${text.slice(0, at)}${text.slice(at + 1)}`;
  }
}
