/** Options that several commands have. */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  type Algorithm,
  ALGORITHMS,
  type CallOptions,
  DERIVATION_ALGORITHMS,
  type DerivationAlgorithm,
  KEY_TYPES,
  type KeyType,
  type Usage,
  USAGES,
} from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { choice, choices } from "./choice.ts";

/** `--provider` */
export function providerOption(): Option<"--provider <uri>"> {
  return new Option(
    "--provider <uri>",
    "provider URI, such as software:keys.sqlite, or a name of the configuration file",
  );
}

/** `--passphrase-file` */
export function passphraseFileOption(): Option<"--passphrase-file <file>"> {
  return new Option("--passphrase-file <file>", "file with the store's passphrase (default: KEYRAIL_PASSPHRASE_FILE)");
}

/** `--timeout` */
export function timeoutOption(): Option<"--timeout <seconds>", undefined, undefined, number> {
  return new Option("--timeout <seconds>", "give up after this many seconds").argParser(positiveNumber);
}

/** `--idempotency-key` */
export function idempotencyKeyOption(): Option<"--idempotency-key <text>"> {
  return new Option("--idempotency-key <text>", "names this intent: the same key again gives the same result");
}

/** `--label`, for what makes a key. */
export function labelOption(): Option<"--label <text>"> {
  return new Option("--label <text>", "a name for people");
}

/** `--description` */
export function descriptionOption(): Option<"--description <text>"> {
  return new Option("--description <text>", "more words about the key, where the provider keeps them");
}

/** `--usage`, repeatable. */
export function usageOption(): Option<"--usage <usage>", undefined, undefined, Usage[]> {
  return new Option(
    "--usage <usage>",
    `what the key may do (${USAGES.join(", ")}); repeat it for several; default: by key type`,
  ).argParser(choices(USAGES));
}

/** `--restrict-to`, repeatable. */
export function restrictToOption(): Option<"--restrict-to <algorithm>", undefined, undefined, Algorithm[]> {
  return new Option(
    "--restrict-to <algorithm>",
    "the only algorithm the key may be used with; repeat it for several",
  ).argParser(choices(ALGORITHMS));
}

/** `--quiet`, for what makes a key. */
export function quietOption(): Option<"--quiet"> {
  return new Option("--quiet", "print the key URI alone");
}

/** `--extractable` */
export function extractableOption(): Option<"--extractable"> {
  return new Option("--extractable", "let `keyrail keys export` give the secret half later");
}

/** `--key-type` */
export function keyTypeOption(
  description: string = `key type: ${KEY_TYPES.join(", ")}`,
): Option<"--key-type <type>", undefined, undefined, KeyType> {
  return new Option("--key-type <type>", description).argParser(choice(KEY_TYPES));
}

/** `--hierarchical` */
export function hierarchicalOption(): Option<"--hierarchical <scheme>", undefined, undefined, DerivationAlgorithm> {
  return new Option(
    "--hierarchical <scheme>",
    "make it a master (HD) key: BIP32, SLIP10, EDWARDS-HD or STARK-HD",
  ).argParser(choice(DERIVATION_ALGORITHMS));
}

/** The KEY argument of every command that uses one key. */
export const KEY_ARGUMENT = "key URI, an alias of the registry, or a key's id at the provider of --provider";

/** Collects the values of an option that may be given several times. */
export function collect(text: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), text];
}

/** Reads a whole number above zero. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a whole number above 0.");
  return Number(text);
}

/** Reads a number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It is a number above 0.");
  return value;
}

/** What a user may say about a new key. */
export interface AttributeOptions {
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  readonly restrictTo?: readonly Algorithm[] | undefined;
  readonly extractable?: true | undefined;
}

/** The attributes of a new key but for its usages. */
export function attributesOf(
  { description, restrictTo, extractable }: AttributeOptions,
  label: string,
): { label: string; description?: string; algorithms?: readonly Algorithm[]; extractable?: boolean } {
  return {
    label,
    ...(description === undefined ? {} : { description }),
    ...(restrictTo === undefined ? {} : { algorithms: restrictTo }),
    ...(extractable === undefined ? {} : { extractable }),
  };
}

/** Options of a port call: Ctrl-C, `--timeout`, `--idempotency-key`. */
export function callOptions(
  session: Session,
  options: { readonly timeout?: number | undefined; readonly idempotencyKey?: string | undefined },
): CallOptions {
  return {
    signal: session.signal,
    ...(options.timeout === undefined ? {} : { timeout: Math.ceil(options.timeout * 1000) }),
    ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
  };
}
