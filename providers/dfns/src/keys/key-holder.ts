/** A refusal because a key is there already, made to say which one it is. */

import { KeyrailError } from "@keyrail/core";
import type { DfnsKey } from "../client/schemas.ts";
import { isArchived, type KeyDirectory } from "./key-directory.ts";

/** What the texts say of the key that is there. */
export interface HolderWords {
  /** `Dfns holds this key already, as`; the id follows. */
  readonly already: string;
  /** What to do when it is archived. */
  readonly ifArchived: string;
  /** What to do else. */
  readonly otherwise: string;
}

/**
 * The same refusal, saying which key it is about; an archived one is in the way for good.
 * @param find looks for the key; when that fails, or finds none, the refusal stands as it is.
 */
export async function namingHolder(
  refusal: KeyrailError<"KeyExists">,
  find: () => Promise<DfnsKey | undefined>,
  directory: KeyDirectory,
  { already, ifArchived, otherwise }: HolderWords,
): Promise<KeyrailError<"KeyExists">> {
  try {
    const holder = await find();
    if (holder === undefined) return refusal;
    const text = `${already} ${holder.id}. ${isArchived(holder) ? ifArchived : otherwise}`;
    return new KeyrailError("KeyExists", text, { key: directory.record(holder).uri }, { cause: refusal });
  } catch (error) {
    // Looking only serves the words: the refusal stands without.
    if (error instanceof KeyrailError) return refusal;
    throw error;
  }
}
