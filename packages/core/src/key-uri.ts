/**
 * Key URIs: the one way to say which key, at which provider, in which store.
 *
 * Two forms (design.md, section 2):
 *
 * - network: `encedo://my.ence.do/<kid>`: a host, optionally with a port;
 * - local: `software:/var/lib/keys.sqlite/<id>`: a path, or any other name of a store.
 *
 * A provider URI is the same without the last segment. Everything outside the unreserved characters of
 * RFC 3986 and `/ : @ + , = ~ ! $ & ' ( ) * ;` is percent-encoded when printed; parsing also takes it in clear,
 * except control characters, `?` and `#`.
 */

import { KeyrailError } from "./errors.ts";

/** The parts of a provider URI. */
export interface ProviderUri {
  /** The provider's name: the URI scheme, lower case. */
  readonly provider: string;
  /** True for `scheme://host`, false for `scheme:path`. */
  readonly network: boolean;
  /** Host with optional port (lower case), or the store's path or name, decoded. */
  readonly store: string;
}

/** The parts of a key URI. */
export interface KeyUri extends ProviderUri {
  /** The provider's own id of the key, decoded. */
  readonly id: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):(.*)$/is;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;
// eslint-disable-next-line no-control-regex -- refusing control characters is the point
const FORBIDDEN = /[\u0000-\u0020\u007f?#]/;
// eslint-disable-next-line no-control-regex -- refusing control characters is the point
const FORBIDDEN_IN_PATH = /[\u0000-\u001f\u007f?#]/;

/**
 * Parses a provider URI such as `software:./keys.sqlite` or `encedo://my.ence.do`.
 * @throws KeyrailError `InvalidRequest` with what is wrong.
 */
export function parseProviderUri(text: string): ProviderUri {
  const { provider, network, rest } = split(text);
  if (network) {
    const host = rest.endsWith("/") ? rest.slice(0, -1) : rest;
    return { provider, network, store: checkedHost(host, text) };
  }
  return { provider, network, store: decode(rest, text) };
}

/**
 * Parses a key URI such as `encedo://my.ence.do/48ef03376351151476103a040cfe34ee`.
 * @throws KeyrailError `InvalidRequest` with what is wrong.
 */
export function parseKeyUri(text: string): KeyUri {
  const { provider, network, rest } = split(text);
  const slash = rest.lastIndexOf("/");
  if (slash < 1 || slash === rest.length - 1) {
    throw invalid(text, `a key URI ends with "/" and the key's id`);
  }
  const id = decode(rest.slice(slash + 1), text);
  const store = rest.slice(0, slash);
  return { provider, network, store: network ? checkedHost(store, text) : decode(store, text), id };
}

/** Prints a provider URI in its canonical form. */
export function formatProviderUri(uri: ProviderUri): string {
  return uri.network ? `${uri.provider}://${uri.store.toLowerCase()}` : `${uri.provider}:${encodePath(uri.store)}`;
}

/** Prints a key URI in its canonical form; `parseKeyUri` gives the same parts back. */
export function formatKeyUri(uri: KeyUri): string {
  return `${formatProviderUri(uri)}/${encodeSegment(uri.id)}`;
}

function split(text: string): { provider: string; network: boolean; rest: string } {
  const match = SCHEME.exec(text);
  const scheme = match?.[1];
  const rest = match?.[2];
  if (scheme === undefined || rest === undefined || rest === "") {
    throw invalid(text, "it starts with a provider's name and a colon, like software:PATH or PROVIDER://HOST");
  }
  const network = rest.startsWith("//");
  if ((network ? FORBIDDEN : FORBIDDEN_IN_PATH).test(rest)) {
    throw invalid(text, "spaces in a host, control characters, ? and # are written percent-encoded");
  }
  return { provider: scheme.toLowerCase(), network, rest: network ? rest.slice(2) : rest };
}

function checkedHost(host: string, text: string): string {
  if (!HOST.test(host)) throw invalid(text, "after // stands a host name, optionally with a port");
  return host.toLowerCase();
}

function decode(part: string, text: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw invalid(text, "a percent sign starts an escape of two hexadecimal digits (UTF-8)", cause);
  }
}

function encodePath(path: string): string {
  return path.split("/").map(encodeSegment).join("/");
}

/** Percent-encodes one path segment, leaving the characters that need no escape in a path. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(3A|40|2B|2C|3D|24|26|3B)/g, (escape) => decodeURIComponent(escape));
}

function invalid(text: string, why: string, cause?: unknown): KeyrailError<"InvalidRequest"> {
  // What stands before an @ may be a password.
  const shown = text.replace(/\/\/.*@/s, "//…@");
  return new KeyrailError(
    "InvalidRequest",
    `"${shown}" is not a key or provider URI: ${why}.`,
    { path: "uri" },
    { cause },
  );
}
