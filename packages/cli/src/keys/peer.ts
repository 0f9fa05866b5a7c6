/** The other side of an agreement, as the command line says it. */

import type { Peer } from "@keyrail/core";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { readPublicKey } from "./read-key.ts";

/** `--peer FILE` or `--peer-key KEY`. */
export interface PeerOptions {
  readonly peer?: string | undefined;
  readonly peerKey?: string | undefined;
}

/**
 * The peer: a public key out of a file, or a key of the same provider.
 * @throws KeyrailError `InvalidRequest` when neither or both are given; what reading the file throws.
 */
export async function peerOf({ peer, peerKey }: PeerOptions, session: Session): Promise<Peer> {
  if ((peer === undefined) === (peerKey === undefined)) {
    throw usageError(
      "Give the other side with --peer FILE (a public key) or --peer-key KEY (at the same provider).",
      "--peer",
    );
  }
  if (peerKey !== undefined) return { key: peerKey };
  return { publicKey: await readPublicKey({ file: peer ?? "", path: "--peer" }, session) };
}
