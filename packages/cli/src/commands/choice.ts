/** Options and arguments with a fixed set of values, in whatever case they are typed. */

import { InvalidArgumentError } from "commander";

/** Reads one of `values`, ignoring case and punctuation: `p256` is `P-256`. */
export function choice<const Value extends string>(values: readonly Value[]): (text: string) => Value {
  const bySpelling = new Map(values.map((value) => [spelling(value), value]));
  return (text) => {
    const value = values.find((each) => each === text) ?? bySpelling.get(spelling(text));
    if (value === undefined) throw new InvalidArgumentError(`It is one of: ${values.join(", ")}.`);
    return value;
  };
}

/** As {@link choice}, for an option that may be given several times. */
export function choices<const Value extends string>(
  values: readonly Value[],
): (text: string, previous: Value[] | undefined) => Value[] {
  const one = choice(values);
  return (text, previous = []) => [...previous, ...text.split(",").map((part) => one(part.trim()))];
}

function spelling(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}
