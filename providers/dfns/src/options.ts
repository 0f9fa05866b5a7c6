/** Options of the provider, and their check. */

import { type Audit, KeyrailError, printable, type Telemetry } from "@keyrail/core";
import { z } from "zod";
import type { AccessTokenSource } from "./client/access-token.ts";
import type { RateLimit } from "./client/request-pacer.ts";
import type { CredentialSource } from "./credential/credential.ts";

/** What `openDfnsProvider` takes. */
export interface DfnsProviderOptions {
  /** `https://host[:port]`. Default `https://api.dfns.io` (EU); `https://api.uae.dfns.io` is the other production host. */
  readonly url?: string;
  /** The service account's access token, or a callback that gives it. */
  readonly authToken: AccessTokenSource;
  /** The API credential that signs user actions, or a callback that gives it. */
  readonly credential: CredentialSource;
  /** The organisation (`or-…`) the token must claim; refused before anything is sent otherwise. Default: not checked. */
  readonly orgId?: string;
  /** Certificate authorities in PEM instead of the system's. TLS is verified always. */
  readonly tls?: { readonly ca?: string };
  /** The organisation's rate limit. Default 1,000 requests a minute. */
  readonly rateLimit?: RateLimit | "unlimited";
  /** Port calls at work at once, and so connections. Default 32. */
  readonly maximumInFlight?: number;
  /** Milliseconds for a single request. Default 30,000. */
  readonly requestTimeout?: number;
  /** Milliseconds one call may wait because Dfns answers 429. Default 60,000. */
  readonly maximumRateLimitWait?: number;
  /** Milliseconds between two looks at a signature that waits for an approval (`approval: "wait"`). Default 5,000. */
  readonly approvalPollInterval?: number;
  /** Keys per page of a list. Default 100. */
  readonly pageSize?: number;
  /** Where new keys are kept (`GET /key-stores`). Default: the organisation's primary store. */
  readonly keyStoreId?: string;
  /** Whether the organisation's contract allows export: keys are then declared extractable. Default false. */
  readonly exportContract?: boolean;
  /** Whether archived keys are listed and read. Default false. */
  readonly showArchived?: boolean;
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
}

/** Where Dfns is when nothing is said. */
export const DEFAULT_URL = "https://api.dfns.io";

const functionOr = (schema: z.ZodType): z.ZodType =>
  z.union([z.custom((value) => typeof value === "function"), schema]);
const milliseconds = z.number().positive().max(2_147_483_647);

const optionsSchema = z.strictObject({
  url: z.string().exactOptional(),
  authToken: functionOr(z.string()),
  credential: functionOr(z.looseObject({})),
  orgId: z.string().min(1).exactOptional(),
  tls: z.strictObject({ ca: z.string().exactOptional() }).exactOptional(),
  rateLimit: z
    .union([
      z.literal("unlimited"),
      z
        .strictObject({ requestsPerMinute: z.int().min(4), burst: z.int().min(3).exactOptional() })
        .refine((limit) => (limit.burst ?? 3) < limit.requestsPerMinute, "burst must be below requestsPerMinute"),
    ])
    .exactOptional(),
  maximumInFlight: z.int().min(1).max(4096).exactOptional(),
  requestTimeout: milliseconds.exactOptional(),
  maximumRateLimitWait: z.number().min(0).exactOptional(),
  approvalPollInterval: milliseconds.exactOptional(),
  pageSize: z.int().min(1).max(1000).exactOptional(),
  keyStoreId: z.string().min(1).max(64).exactOptional(),
  exportContract: z.boolean().exactOptional(),
  showArchived: z.boolean().exactOptional(),
  telemetry: z.custom((value) => typeof value === "object" && value !== null).exactOptional(),
  audit: z.custom((value) => typeof value === "object" && value !== null).exactOptional(),
});

/** What each option is, for the one who gave something else. */
const EXPECTED: Readonly<Record<keyof DfnsProviderOptions, string>> = {
  url: "an https origin such as https://api.dfns.io, without path, query or user name",
  authToken: "the access token as text, or a function that gives it",
  credential:
    'an object with "credId" and "privateKeyPem" (or "signer", "key" and "algorithm"), or a function that gives one',
  orgId: "the id of the organisation (or-…)",
  tls: 'an object with "ca" alone, certificates in PEM; TLS can\'t be switched off',
  rateLimit:
    '"unlimited", or an object with "requestsPerMinute" (4 or more) and "burst" (3 or more, and fewer than these)',
  maximumInFlight: "a whole number from 1 to 4096",
  requestTimeout: "a number of milliseconds above 0",
  maximumRateLimitWait: "a number of milliseconds, 0 or more",
  approvalPollInterval: "a number of milliseconds above 0",
  pageSize: "a whole number from 1 to 1000",
  keyStoreId: "the id of a key store, at most 64 characters",
  exportContract: "true or false",
  showArchived: "true or false",
  telemetry: "an object",
  audit: "an object",
};

/** @throws KeyrailError `InvalidConfiguration` that names the option and what it is to be, never its value. */
export function checkOptions(options: DfnsProviderOptions): void {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) {
    if (!isHttpsOrigin(options.url ?? DEFAULT_URL)) throw wrongOption("url", ["url"]);
    return;
  }
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys" && issue.path.length === 0) {
    const unknown = printable(issue.keys.join(", "), 100);
    throw cannotOpen(`it has no option ${unknown}`, unknown);
  }
  const [option] = issue?.path ?? [];
  if (!isOption(option)) throw cannotOpen("its options are not an object");
  throw wrongOption(option, issue?.path ?? []);
}

function isOption(name: unknown): name is keyof DfnsProviderOptions {
  return typeof name === "string" && Object.hasOwn(EXPECTED, name);
}

function isHttpsOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && url.href === `${url.origin}/`;
}

function wrongOption(
  option: keyof DfnsProviderOptions,
  path: readonly PropertyKey[],
): KeyrailError<"InvalidConfiguration"> {
  return cannotOpen(`"${option}" must be ${EXPECTED[option]}`, path.map(String).join("."));
}

function cannotOpen(why: string, path?: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError(
    "InvalidConfiguration",
    `The Dfns provider can't be opened: ${why}.`,
    path === undefined ? {} : { path },
  );
}
