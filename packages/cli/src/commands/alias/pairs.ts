import { InvalidArgumentError } from "commander";

/** Reads `KEY=VALUE`, for an option or argument that may be given several times. */
export function collectPairs(text: string, previous: Record<string, string> | undefined): Record<string, string> {
  const split = text.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("It reads KEY=VALUE.");
  return { ...previous, [text.slice(0, split)]: text.slice(split + 1) };
}
