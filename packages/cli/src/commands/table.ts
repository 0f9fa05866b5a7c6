/** Every command of `keyrail`. To add one: write its {@link CommandModule} in a file of its own and give it a line here. */

import type { CommandModule } from "./command-module.ts";
import { createKey } from "./keys/create.ts";
import { importKey } from "./keys/import.ts";
import { listKeys } from "./keys/list.ts";
import { publicKey } from "./keys/public.ts";
import { signWithKey } from "./keys/sign.ts";
import { verifyWithKey } from "./keys/verify.ts";

/** In the order of `--help`. */
export const COMMANDS: readonly CommandModule[] = [
  createKey,
  importKey,
  publicKey,
  listKeys,
  signWithKey,
  verifyWithKey,
];

/** What the first word of two-word commands stands for. */
export const GROUPS: Readonly<Record<string, string>> = {
  keys: "make, bring in, find and use keys",
};
