/** Dfns: keys held by MPC signers behind an API, opened with an access token and an API credential. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProviderUri, KeyrailError, type Provider } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import { z } from "zod";
import type { OpenRequest, ProviderKind } from "./provider-kind.ts";

const SCHEME = "dfns";

const text = z.string().min(1);
const optionsSchema = z.strictObject({
  /** File with the access token; without it the token is what the passphrase file holds, or is asked for. */
  authTokenFile: text.exactOptional(),
  /** Id of the API credential. */
  credId: text.exactOptional(),
  /** File with the credential's private key, PEM. */
  credentialKeyFile: text.exactOptional(),
  /** The organisation the token must be one of. */
  orgId: text.exactOptional(),
  /** File with certificate authorities instead of the system's, PEM. */
  caFile: text.exactOptional(),
  /** Default 1,000. */
  requestsPerMinute: z.int().min(4).exactOptional(),
  maximumInFlight: z.int().min(1).exactOptional(),
  exportContract: z.boolean().exactOptional(),
  keyStoreId: text.exactOptional(),
});
type Options = z.infer<typeof optionsSchema>;

/** Environment variables that stand for options of the same meaning where the configuration file has none. */
const VARIABLES = {
  authTokenFile: "KEYRAIL_DFNS_AUTH_TOKEN_FILE",
  credId: "KEYRAIL_DFNS_CRED_ID",
  credentialKeyFile: "KEYRAIL_DFNS_CREDENTIAL_KEY_FILE",
  orgId: "KEYRAIL_DFNS_ORG_ID",
  caFile: "KEYRAIL_DFNS_CA_FILE",
} as const;
type FromEnvironment = keyof typeof VARIABLES;

/** `dfns://HOST`. */
export const dfnsKind: ProviderKind = {
  scheme: SCHEME,
  title: "Keys held by the MPC signers of Dfns",
  uriForm: "dfns://api.dfns.io",
  canonicalUri: (uri) => formatProviderUri(uri),
  async capabilities() {
    const { dfnsCapabilities } = await import("@keyrail/dfns");
    return dfnsCapabilities({ exportContract: false, inFlight: 32, requestsPerMinute: 1000 });
  },
  open,
  harness,
};

async function open(request: OpenRequest): Promise<Provider> {
  const options = optionsOf(request);
  const { openDfnsProvider } = await import("@keyrail/dfns");
  const { credId, requestsPerMinute, maximumInFlight, exportContract, keyStoreId } = options;
  if (credId === undefined) throw missing("credId", "the id of the API credential");
  const [authToken, privateKeyPem, ca] = await Promise.all([
    accessToken(request, options.authTokenFile),
    read(request, options.credentialKeyFile, "credentialKeyFile", "the API credential's private key"),
    options.caFile === undefined ? undefined : read(request, options.caFile, "caFile", "certificate authorities"),
  ]);
  return openDfnsProvider({
    url: `https://${request.uri.store}`,
    authToken,
    credential: { credId, privateKeyPem },
    ...(options.orgId === undefined ? {} : { orgId: options.orgId }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(requestsPerMinute === undefined ? {} : { rateLimit: { requestsPerMinute } }),
    ...(maximumInFlight === undefined ? {} : { maximumInFlight }),
    ...(exportContract === undefined ? {} : { exportContract }),
    ...(keyStoreId === undefined ? {} : { keyStoreId }),
  });
}

/** The checked options, completed by the environment: texts there are file names and ids, never secrets. */
function optionsOf(request: OpenRequest): Options {
  const parsed = optionsSchema.safeParse(request.options);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new KeyrailError(
      "InvalidConfiguration",
      `The options of the Dfns provider are not valid${path === "" ? "" : ` at "${path}"`}; it knows ${Object.keys(optionsSchema.shape).join(", ")}.`,
      path === "" ? {} : { path },
    );
  }
  const options: Options = { ...parsed.data };
  let name: FromEnvironment;
  for (name in VARIABLES) {
    const value = process.env[VARIABLES[name]];
    if (value !== undefined && value !== "") options[name] ??= resolvedHere(name, value);
  }
  return options;
}

/** Files of the environment start from the working directory, those of the configuration file from its folder. */
function resolvedHere(name: FromEnvironment, value: string): string {
  return name.endsWith("File") ? resolve(value) : value;
}

async function accessToken(request: OpenRequest, file: string | undefined): Promise<string> {
  if (file !== undefined) return (await read(request, file, "authTokenFile", "the access token")).trim();
  const secret = await request.secret({ message: `Access token for ${request.text}` });
  try {
    return Buffer.from(secret).toString("utf8").trim();
  } finally {
    secret.fill(0);
  }
}

async function read(
  request: OpenRequest,
  file: string | undefined,
  option: FromEnvironment,
  what: string,
): Promise<string> {
  if (file === undefined) throw missing(option, `a file with ${what}`);
  try {
    return await readFile(resolve(request.folder, file), "utf8");
  } catch (cause) {
    throw new KeyrailError(
      "InvalidConfiguration",
      `${file}, which should hold ${what}, can't be read.`,
      { path: option },
      { cause },
    );
  }
}

function missing(option: FromEnvironment, what: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError(
    "InvalidConfiguration",
    `The Dfns provider needs ${what}: set ${VARIABLES[option]}, or "${option}" in the options of the configuration file.`,
    { path: option },
  );
}

function harness(request: OpenRequest): Harness {
  const opened: Provider[] = [];
  const openOnce = async (): Promise<Provider> => {
    const provider = await open(request);
    opened.push(provider);
    return provider;
  };
  return {
    name: request.uri.store,
    evidence: /^(?:127\.0\.0\.1|localhost)(?::|$)/.test(request.uri.store) ? "emulator" : "live",
    async setup() {
      return { provider: await openOnce(), reopen: openOnce };
    },
    async teardown() {
      await Promise.all(opened.map((provider) => provider.close()));
    },
  };
}
