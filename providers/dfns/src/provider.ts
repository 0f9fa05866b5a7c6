import {
  type CallOptions,
  createProvider,
  formatProviderUri,
  type Health,
  KeyrailError,
  type Provider,
  type ProviderAdapter,
} from "@keyrail/core";
import { createHttpClient, InFlightLimit } from "@keyrail/http";
import { dfnsCapabilities } from "./capabilities.ts";
import { AccessTokens } from "./client/access-token.ts";
import { ApiClient } from "./client/api-client.ts";
import { CallBudget } from "./client/call-budget.ts";
import { listKeys } from "./client/requests.ts";
import { RequestPacer } from "./client/request-pacer.ts";
import { Transport } from "./client/transport.ts";
import { CredentialKeeper } from "./credential/assertion-signer.ts";
import { DfnsDeterministicDerivation } from "./keys/deterministic-derivation.ts";
import { IdempotentMaking } from "./keys/idempotency.ts";
import { DfnsKeyCatalog } from "./keys/key-catalog.ts";
import { KeyDirectory } from "./keys/key-directory.ts";
import { DfnsKeyExport } from "./keys/key-export.ts";
import { KeyPages } from "./keys/key-pages.ts";
import { DfnsKeyStore } from "./keys/key-store.ts";
import { PROVIDER_NAME } from "./mapping.ts";
import { checkOptions, DEFAULT_URL, type DfnsProviderOptions } from "./options.ts";
import { isSignedBy } from "./signing/local-verification.ts";
import { DfnsSigner } from "./signing/signer.ts";

const DEFAULT_RATE_LIMIT = { requestsPerMinute: 1000 };
const DEFAULT_IN_FLIGHT = 32;
const DEFAULT_REQUEST_TIMEOUT = 30_000;
const DEFAULT_RATE_LIMIT_WAIT = 60_000;
const DEFAULT_POLL_INTERVAL = 5000;
const DEFAULT_PAGE_SIZE = 100;
/** Export shares and pages of a thousand keys are larger than the client's usual limit of 1 MiB. */
const MAXIMUM_RESPONSE_BYTES = 8 * 1_048_576;

/**
 * Opens the Dfns provider. Its URI is `dfns://<host[:port]>`; the id in a key URI is the Dfns key id. Nothing is sent
 * before the first call.
 *
 * @throws KeyrailError `InvalidConfiguration` for wrong options, a credential that can't be read or a URL that is no https
 *   origin; `IdentityMismatch` when the token is another organisation's.
 */
export async function openDfnsProvider(options: DfnsProviderOptions): Promise<Provider> {
  checkOptions(options);
  const origin = options.url ?? DEFAULT_URL;
  const inFlight = options.maximumInFlight ?? DEFAULT_IN_FLIGHT;
  const requestTimeout = options.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT;
  const rateLimit = options.rateLimit ?? DEFAULT_RATE_LIMIT;
  const limit = rateLimit === "unlimited" ? undefined : rateLimit;
  const tokens = new AccessTokens(options.authToken, options.orgId);
  const credential = new CredentialKeeper(options.credential);
  const http = await createHttpClient({
    provider: PROVIDER_NAME,
    origin,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    connections: inFlight,
    timeout: requestTimeout,
    maximumResponseBytes: MAXIMUM_RESPONSE_BYTES,
  });
  const api = new ApiClient({
    transport: new Transport({
      http,
      pacer: new RequestPacer(limit),
      timeout: requestTimeout,
      maximumRateLimitWait: options.maximumRateLimitWait ?? DEFAULT_RATE_LIMIT_WAIT,
    }),
    tokens,
    credential,
    inFlight: new InFlightLimit(inFlight),
  });
  const { telemetry, audit } = options;
  return createProvider(adapterOf(api, new URL(origin).host, options, inFlight, limit?.requestsPerMinute), {
    ...(telemetry === undefined ? {} : { telemetry }),
    ...(audit === undefined ? {} : { audit }),
  });
}

function adapterOf(
  api: ApiClient,
  host: string,
  options: DfnsProviderOptions,
  inFlight: number,
  requestsPerMinute: number | undefined,
): ProviderAdapter {
  const uri = formatProviderUri({ provider: PROVIDER_NAME, network: true, store: host });
  const exportContract = options.exportContract ?? false;
  const directory = new KeyDirectory(api, { uri, exportable: exportContract });
  const pages = new KeyPages(api, options.pageSize ?? DEFAULT_PAGE_SIZE);
  const making = new IdempotentMaking(api, pages, directory);
  const signer = new DfnsSigner({
    api,
    directory,
    uri,
    approvalPollInterval: options.approvalPollInterval ?? DEFAULT_POLL_INTERVAL,
  });
  return {
    name: PROVIDER_NAME,
    uri,
    capabilities: dfnsCapabilities({
      exportContract,
      inFlight,
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    }),
    describe: (id) => directory.known(id),
    localVerification: { policy: "always", verify: isSignedBy },
    keys: new DfnsKeyStore({ api, directory, pages, making, keyStoreId: options.keyStoreId }),
    catalog: new DfnsKeyCatalog({ api, directory, pages, archived: options.showArchived ?? false }),
    signer,
    approvals: signer,
    ...(exportContract ? { keyExport: new DfnsKeyExport(api, directory) } : {}),
    deterministicDerivation: new DfnsDeterministicDerivation(api, directory),
    health: (given) => health(api, given),
    close: () => api.close(),
  };
}

/** Reads one key of the list: TLS, token and permission `Keys:Read`, without a change. */
async function health(api: ApiClient, options: CallOptions | undefined): Promise<Health> {
  try {
    await api.read(listKeys(1), new CallBudget("the health check", options));
    return { healthy: true };
  } catch (error) {
    if (error instanceof KeyrailError) return { healthy: false, reason: error.message };
    throw error;
  }
}
