import { type CallOptions, type Health, isKeyrailError, KeyrailError } from "@keyrail/core";
import { EARLIER_VERSIONS } from "../registry.ts";
import { keyCatalogPort, keyStorePort } from "./key-ports.ts";
import { operationPorts } from "./operation-ports.ts";
import type { Router, RouterHealth, RouterOptions } from "./router.ts";
import { routeOf, Routes } from "./routes.ts";

const DEFAULT_EARLIER_VERSIONS = 8;

/**
 * Makes a router over an open registry and open providers.
 * @throws KeyrailError `InvalidConfiguration` when there is no provider, two have one URI, or the default is none of
 * them.
 */
export function createRouter(options: RouterOptions): Router {
  checkOptions(options);
  const { registry, earlierVersions = DEFAULT_EARLIER_VERSIONS, owned = false } = options;
  const providers = Object.freeze({ ...options.providers });
  const names = Object.keys(providers);
  const routes = new Routes(registry, providers);
  let closing: Promise<void> | undefined;

  const close = (): Promise<void> => {
    routes.close();
    return (closing ??= owned ? closeAll([...Object.values(providers), registry]) : Promise.resolve());
  };
  return {
    registry,
    providers,
    keys: keyStorePort(routes, options.defaultProvider ?? (names.length === 1 ? names[0] : undefined)),
    catalog: keyCatalogPort(routes),
    ...operationPorts(routes, earlierVersions),
    at: (name) => routes.at(name),
    resolve: async (key, given) => routes.use(key, given, (target) => Promise.resolve(routeOf(target))),
    async health(given?: CallOptions): Promise<RouterHealth> {
      const [ofRegistry, ...ofProviders] = await Promise.all([
        healthOf(() => registry.health(given)),
        ...names.map((name) => healthOf(() => routes.at(name).health(given))),
      ]);
      return summary(ofRegistry, Object.fromEntries(names.map((name, index) => [name, ofProviders[index] ?? UNKNOWN])));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const UNKNOWN: Health = { healthy: false, reason: "The health check failed." };

async function healthOf(ask: () => Promise<Health>): Promise<Health> {
  try {
    return await ask();
  } catch (error) {
    return isKeyrailError(error) ? { healthy: false, reason: error.message } : UNKNOWN;
  }
}

function summary(registry: Health, providers: Readonly<Record<string, Health>>): RouterHealth {
  const parts = [["registry", registry] as const, ...Object.entries(providers)];
  const ill = parts.filter(([, health]) => !health.healthy);
  if (ill.length === 0) return { healthy: true, registry, providers };
  const reason = ill.map(([name, health]) => `${name}: ${health.reason ?? "not healthy"}`).join(" ");
  return { healthy: false, reason, registry, providers };
}

/** Closes all of them, also when one fails to. */
async function closeAll(things: readonly { close(): Promise<void> }[]): Promise<void> {
  const results = await Promise.allSettled(things.map((thing) => thing.close()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function checkOptions({ providers, defaultProvider, earlierVersions }: RouterOptions): void {
  const names = Object.keys(providers);
  if (names.length === 0) throw wrong("providers", "A router needs at least one provider.");
  const uris = new Map<string, string>();
  for (const [name, { uri }] of Object.entries(providers)) {
    const other = uris.get(uri);
    if (other !== undefined) throw wrong("providers", `The providers "${other}" and "${name}" are both ${uri}.`);
    uris.set(uri, name);
  }
  if (defaultProvider !== undefined && !names.includes(defaultProvider)) {
    throw wrong("defaultProvider", `The default provider "${defaultProvider}" is none of ${names.join(", ")}.`);
  }
  if (
    earlierVersions !== undefined &&
    !(Number.isInteger(earlierVersions) && earlierVersions >= 0 && earlierVersions <= EARLIER_VERSIONS)
  ) {
    throw wrong("earlierVersions", `earlierVersions is a whole number from 0 to ${EARLIER_VERSIONS}.`);
  }
}

function wrong(path: string, text: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", text, { path });
}
