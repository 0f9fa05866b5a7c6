/**
 * Markers of intents in names. `POST /keys` has no idempotency of its own (dfns.md, section 10) and a key has no other
 * text than its name, so a key made with an `idempotencyKey` is named `label kr:marker`. Records show the label alone.
 */

import { createHash } from "node:crypto";

/** What a request for a new key comes down to: equal fingerprints, equal requests. Holds no secret. */
export type Fingerprint = readonly (string | boolean | undefined)[];

/** Says which intent made a key, and of which request. */
export interface Marker {
  /** 22 characters: 128 bits of the hash of the idempotency key. */
  readonly intent: string;
  /** 8 characters: 48 bits of the hash of the request's fingerprint. */
  readonly request: string;
}

/** A name, taken apart. */
export interface NameParts {
  readonly label: string;
  readonly marker: Marker | undefined;
}

/** Longest name, as UTF-8 so that any reading of the vendor's 100 characters holds. */
const MAXIMUM_NAME_BYTES = 100;
const MARKED = /^(?:(.*) )?kr:([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{8})$/s;
/** The label of a key that will get its wanted one, too long for a marker, once it is safely made. */
const PENDING_LABEL = "keyrail-pending";

/** ` kr:`, intent and request. */
const MARKER_BYTES = 34;

/** The longest label that has room for a marker. */
export const MAXIMUM_MARKED_LABEL_BYTES: number = MAXIMUM_NAME_BYTES - MARKER_BYTES;

/** The marker of an intent. */
export function markerOf(idempotencyKey: string, fingerprint: Fingerprint): Marker {
  return { intent: shortHash(idempotencyKey, 16), request: shortHash(fingerprintOf(fingerprint), 6) };
}

/** A text that two requests share only if they are the same. */
export function fingerprintOf(fingerprint: Fingerprint): string {
  return shortHash(JSON.stringify(fingerprint), 32);
}

/** Label and marker of a name. */
export function partsOfName(name: string): NameParts {
  if (!name.includes("kr:")) return { label: name, marker: undefined };
  const match = MARKED.exec(name);
  const [, label, intent, request] = match ?? [];
  if (intent === undefined || request === undefined) return { label: name, marker: undefined };
  return { label: label ?? "", marker: { intent, request } };
}

/** The name of a label with its marker; undefined when there is no room for both. */
export function markedName(label: string, { intent, request }: Marker): string | undefined {
  const name = `${label === "" ? "" : `${label} `}kr:${intent}${request}`;
  return Buffer.byteLength(name) <= MAXIMUM_NAME_BYTES ? name : undefined;
}

/** The name under which a key is made whose label leaves no room for the marker. */
export function pendingName({ intent, request }: Marker): string {
  return `${PENDING_LABEL} kr:${intent}${request}`;
}

function shortHash(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url");
}
