/** Dfns: keys held by MPC signers behind an API, opened with an access token and an API credential. */

import { KeyrailError, type Provider, wipe } from "@keyrail/core";
import { openDfnsProvider } from "@keyrail/dfns";
import * as z from "zod/mini";
import { readTextFile } from "./read-text-file.ts";
import type { OpenRequest } from "./vendor.ts";
import { vendorOptions } from "./vendor-options.ts";

const text = z.string().check(z.minLength(1));
const schema = z.strictObject({
  /** File with the access token; without it the token is what the passphrase file holds, or is asked for. */
  authTokenFile: z.exactOptional(text),
  /** Id of the API credential. */
  credId: z.exactOptional(text),
  /** File with the credential's private key, PEM. */
  credentialKeyFile: z.exactOptional(text),
  /** The organisation the token must be one of. */
  orgId: z.exactOptional(text),
  /** File with certificate authorities instead of the system's, PEM. */
  caFile: z.exactOptional(text),
  /** The organisation's limit. Default 1,000. */
  requestsPerMinute: z.exactOptional(z.union([z.int().check(z.minimum(4)), z.literal("unlimited")])),
  maximumInFlight: z.exactOptional(z.int().check(z.minimum(1))),
  exportContract: z.exactOptional(z.boolean()),
  keyStoreId: z.exactOptional(text),
});

const VARIABLES = {
  authTokenFile: "KEYRAIL_DFNS_AUTH_TOKEN_FILE",
  credId: "KEYRAIL_DFNS_CRED_ID",
  credentialKeyFile: "KEYRAIL_DFNS_CREDENTIAL_KEY_FILE",
  orgId: "KEYRAIL_DFNS_ORG_ID",
  caFile: "KEYRAIL_DFNS_CA_FILE",
} as const;

/** Opens `dfns://HOST`. */
export async function openDfns(request: OpenRequest): Promise<Provider> {
  const { authTokenFile, credId, credentialKeyFile, caFile, requestsPerMinute, ...rest } = vendorOptions(
    request,
    "Dfns",
    schema,
    VARIABLES,
  );
  if (credId === undefined) throw missing("credId", "the id of the API credential");
  if (credentialKeyFile === undefined) throw missing("credentialKeyFile", "a file with the credential's private key");
  const file = (name: string, option: string, holds: string): Promise<string> =>
    readTextFile(request.folder, name, option, holds);
  const [authToken, privateKeyPem, ca] = await Promise.all([
    authTokenFile === undefined
      ? askToken(request)
      : file(authTokenFile, "authTokenFile", "the access token").then((token) => token.trim()),
    file(credentialKeyFile, "credentialKeyFile", "the API credential's private key"),
    caFile === undefined ? undefined : file(caFile, "caFile", "certificate authorities"),
  ]);
  const rateLimit = typeof requestsPerMinute === "number" ? { requestsPerMinute } : requestsPerMinute;
  return openDfnsProvider({
    url: `https://${request.uri.store}`,
    authToken,
    credential: { credId, privateKeyPem },
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...rest,
    ...request.hooks,
  });
}

async function askToken(request: OpenRequest): Promise<string> {
  const secret = await request.secret({ message: `Access token for ${request.text}` });
  try {
    return Buffer.from(secret).toString("utf8").trim();
  } finally {
    wipe(secret);
  }
}

function missing(option: keyof typeof VARIABLES, what: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError(
    "InvalidConfiguration",
    `The Dfns provider needs ${what}: set ${VARIABLES[option]}, or "${option}" in the options of the configuration file.`,
    { path: option },
  );
}
