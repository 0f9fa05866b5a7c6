/** Asking for a secret on the terminal. The library is loaded only then. */

import { KeyrailError } from "@keyrail/core";
import { usageError } from "./usage-error.ts";

/** What is asked. */
export interface SecretQuestion {
  readonly message: string;
  /** Ask twice, and again until both answers are the same. */
  readonly confirm?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Asks on the terminal, without showing what is typed; the question goes to standard error.
 *
 * @returns UTF-8 bytes; the caller wipes them. (The text the terminal gave can't be wiped; its life is this call.)
 * @throws KeyrailError `Aborted` after Ctrl-C, `InvalidRequest` when the answers differ three times.
 */
export async function askSecret({ message, confirm = false, signal }: SecretQuestion): Promise<Uint8Array> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = await ask(message, signal);
    if (!confirm || (await ask("Once more, to be sure", signal)) === answer) return new TextEncoder().encode(answer);
    process.stderr.write("The two are not the same.\n");
  }
  throw usageError("The two answers were not the same, three times over.", "prompt");
}

async function ask(message: string, signal: AbortSignal): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({
    message,
    mask: "",
    signal,
    output: process.stderr,
    withGuide: false,
    validate: (text) => (text === undefined || text === "" ? "It can't be empty." : undefined),
  });
  if (isCancel(answer)) throw interruptedAtPrompt();
  return answer;
}

/**
 * Asks yes or no on the terminal; no is the default.
 * @throws KeyrailError `Aborted` after Ctrl-C.
 */
export async function askYes(message: string, signal: AbortSignal): Promise<boolean> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message, initialValue: false, signal, output: process.stderr, withGuide: false });
  if (isCancel(answer)) throw interruptedAtPrompt();
  return answer;
}

/**
 * Asks that a word be typed to go on; anything else is no.
 * @throws KeyrailError `Aborted` after Ctrl-C.
 */
export async function askWord(message: string, word: string, signal: AbortSignal): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message, signal, output: process.stderr, withGuide: false });
  if (isCancel(answer)) throw interruptedAtPrompt();
  return answer === word;
}

function interruptedAtPrompt(): KeyrailError<"Aborted"> {
  return new KeyrailError("Aborted", "Interrupted at the prompt; nothing was done.", {});
}
