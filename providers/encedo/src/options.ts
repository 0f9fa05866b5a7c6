/** Options of the provider, and what they mean once checked. */

import { setTimeout as wait } from "node:timers/promises";
import { type Audit, KeyrailError, parseProviderUri, printable, type ProviderUri, type Telemetry } from "@keyrail/core";
import type { TlsTrust } from "@keyrail/http";
import * as z from "zod/mini";
import type { CheckinOptions } from "./client/check-in.ts";
import type { ExternalAuthenticatorOptions } from "./client/external-login.ts";
import type { Timing } from "./client/limits.ts";
import type { PassphraseSource } from "./client/local-login.ts";
import { PROVIDER } from "./errors.ts";
import type { SkippedRecordListener } from "./keys/key-reader.ts";

/** How to use one Encedo HEM. Exactly one of `passphrase` and `externalAuthenticator` is given. */
export interface EncedoProviderOptions {
  /** `encedo://host[:port]`. Always HTTPS; the port is 443 when it is not given. */
  readonly uri: string;
  /**
   * The user's passphrase. Bytes are read before `openEncedoProvider` resolves, and not kept: wipe yours then. A
   * function is called at the first login; the bytes it gives are wiped after use.
   */
  readonly passphrase?: Uint8Array | PassphraseSource;
  /** Login by approval on a paired phone instead of a passphrase: one approval per scope and token lifetime. */
  readonly externalAuthenticator?: ExternalAuthenticatorOptions;
  /** Which certificates are trusted; the system's authorities when absent. */
  readonly tls?: TlsTrust;
  /** The identity of the device, as it gives it (base64 of 32 bytes). Any other device is refused. */
  readonly eid?: string;
  /** Seconds a token is asked to live, 120 to 86,400. Default 28,800. */
  readonly tokenLifetime?: number;
  /** How the device's clock is set when it keeps logins from working; `false` switches that off. */
  readonly checkin?: CheckinOptions | false;
  /** Sets the clock before a login when it is wrong by more seconds than this. Absent: only when a login fails for it. */
  readonly maximumClockDrift?: number;
  /** Milliseconds between two requests. Default 0; some clients leave 150. */
  readonly pacing?: number;
  /** Milliseconds. */
  readonly timeouts?: {
    /** One request. Default 30,000. */
    readonly request?: number;
    /** Making a post-quantum key. Default 120,000. */
    readonly keyGeneration?: number;
    /** Waiting for a device that is busy with an installation or formatting (409). Default 15,000; 0 never waits. */
    readonly busy?: number;
  };
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
  /** Told of records of the device that are no keys of the vocabulary (its TLS key, pairings) and are not listed. */
  readonly onSkippedRecord?: SkippedRecordListener;
  /** Time, for tests. */
  readonly timing?: Timing;
}

const milliseconds = z.number().check(z.minimum(0), z.maximum(3_600_000));
const positive = z.number().check(z.minimum(1), z.maximum(3_600_000));
const callback = z.custom<unknown>((value) => typeof value === "function", "expected a function");
const trust = z.strictObject({
  ca: z.exactOptional(z.string()),
  certificateHash: z.exactOptional(
    z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 32, "expected 32 bytes"),
  ),
});

const shape = z.strictObject({
  uri: z.string(),
  passphrase: z.exactOptional(
    z.custom<unknown>(
      (value) => typeof value === "function" || (value instanceof Uint8Array && value.length > 0),
      "expected bytes or a function",
    ),
  ),
  externalAuthenticator: z.exactOptional(
    z.strictObject({
      relay: z.custom<unknown>((value) => typeof value === "object" && value !== null, "expected a relay"),
      note: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(128))),
      context: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(64))),
      approvalTimeout: z.exactOptional(positive),
    }),
  ),
  tls: z.exactOptional(trust),
  eid: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(256))),
  tokenLifetime: z.exactOptional(z.int().check(z.minimum(120), z.maximum(86_400))),
  checkin: z.exactOptional(
    z.union([
      z.literal(false),
      z.strictObject({
        url: z.exactOptional(z.string().check(z.regex(/^https:\/\//, "an https URL"))),
        tls: z.exactOptional(trust),
        relay: z.exactOptional(callback),
      }),
    ]),
  ),
  maximumClockDrift: z.exactOptional(z.number().check(z.minimum(1))),
  pacing: z.exactOptional(milliseconds),
  timeouts: z.exactOptional(
    z.strictObject({
      request: z.exactOptional(positive),
      keyGeneration: z.exactOptional(positive),
      busy: z.exactOptional(milliseconds),
    }),
  ),
  telemetry: z.exactOptional(z.unknown()),
  audit: z.exactOptional(z.unknown()),
  onSkippedRecord: z.exactOptional(callback),
  timing: z.exactOptional(z.unknown()),
});

/**
 * Checks the options.
 *
 * @throws `InvalidConfiguration` that names the member; never its value, which may be the passphrase.
 */
export function checkOptions(options: EncedoProviderOptions): { readonly origin: string; readonly store: string } {
  if (!isObject(options)) throw invalid("options", "they are not an object");
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = shape.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0];
    if (issue?.code === "unrecognized_keys") {
      const unknown = printable([...issue.path.map(String), issue.keys.join(", ")].join("."), 100);
      throw invalid(unknown, `there is no option "${unknown}"`);
    }
    const path = issue?.path.map(String).join(".") ?? "";
    throw invalid(path, `"${path}" is not valid: ${issue?.message ?? "not an option"}`);
  }
  if ((options.passphrase === undefined) === (options.externalAuthenticator === undefined)) {
    throw invalid("passphrase", "give either `passphrase` or `externalAuthenticator`");
  }
  const uri = parsedUri(options.uri);
  // A port of 443 says nothing: two spellings of one device would be two providers.
  const store = uri.store.replace(/:443$/, "");
  return { origin: `https://${store}`, store };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function parsedUri(text: string): ProviderUri {
  const wrong = invalid("uri", "the URI has the form encedo://host[:port], without path or user name");
  let uri: ProviderUri;
  try {
    uri = parseProviderUri(text);
  } catch {
    throw wrong;
  }
  if (uri.provider !== PROVIDER || !uri.network) throw wrong;
  return uri;
}

function invalid(path: string, why: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", `The options of the Encedo provider are wrong: ${why}.`, { path });
}

/** The clock of this machine. */
export const SYSTEM_TIMING: Timing = {
  now: () => Date.now(),
  sleep: (duration, signal) => wait(duration, undefined, signal === undefined ? {} : { signal }),
};
