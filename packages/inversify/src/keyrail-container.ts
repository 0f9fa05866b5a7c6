/** One plain configuration object to a container with everything it names. */

import { resolve } from "node:path";
import type { KeyrailConfiguration, NamedProvider, SecretQuestion } from "@keyrail/configuration";
import { type Audit, KeyrailError, type Provider, type Telemetry } from "@keyrail/core";
import type { RegistryOptions } from "@keyrail/registry";
import { Container, ContainerModule } from "inversify";
import { healthModule } from "./health/health-module.ts";
import { providerModule } from "./modules/provider-module.ts";
import { registryModule } from "./modules/registry-module.ts";
import { routerModule } from "./modules/router-module.ts";
import { KEYRAIL, providerToken } from "./tokens.ts";

/** What a configuration can't hold. */
export interface KeyrailContainerOptions {
  /** Folder that relative paths of the configuration start from. Default: the working directory. */
  readonly folder?: string;
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * Gives the passphrase or the access token of a provider, by its name in the configuration, as UTF-8 bytes, which are
   * wiped after use. Default, as for the command: the file that the variable `KEYRAIL_SOFTWARE_PASSPHRASE_FILE` names (or
   * `ENCEDO`, `DFNS`), else `KEYRAIL_PASSPHRASE_FILE`, else the provider's `passphraseFile`, else the configuration's.
   */
  readonly secret?: (provider: string, question: SecretQuestion) => Promise<Uint8Array>;
  /** How the registry is opened, beside where it is: who changes aliases, and on PostgreSQL how fresh they are. */
  readonly registry?: Omit<RegistryOptions, "database">;
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
}

/** The name in the container of a provider that the configuration gives as a URI alone. */
const UNNAMED = "default";

/**
 * Makes a container with a provider for each name of the configuration, `KEYRAIL.provider` for the one it uses by default,
 * the registry, the router and the health check. Nothing is opened and no vendor's adapter is loaded before something is
 * asked for. `await container.unbindAllAsync()` closes what was opened, in reverse order.
 *
 * @throws KeyrailError `InvalidConfiguration` that names the member.
 */
export async function createKeyrailContainer(
  configuration: KeyrailConfiguration,
  options: KeyrailContainerOptions = {},
): Promise<Container> {
  const { checkConfiguration, locateRegistry } = await import("@keyrail/configuration");
  const checked = checkConfiguration(configuration);
  if (!checked.valid) throw invalid(checked.problem.path.map(String).join("."), checked.problem.message);
  const { folder = process.cwd(), environment = process.env, registry } = options;
  const named = namedProviders(configuration);
  const defaultProvider = nameOfDefault(configuration, named);
  const container = new Container();
  container.load(
    ...[...named].map(([name, provider]) => providerModule(name, () => open(name, provider, configuration, options))),
    defaultProviderModule(defaultProvider),
    registryModule(async () => ({
      database: await locateRegistry(configuration, folder, environment),
      ...registry,
    })),
    routerModule(defaultProvider === undefined ? {} : { defaultProvider }),
    healthModule(),
  );
  return container;
}

function namedProviders({ provider, providers = {} }: KeyrailConfiguration): Map<string, NamedProvider> {
  const named = new Map(
    Object.entries(providers).map(([name, given]) => [name, typeof given === "string" ? { uri: given } : given]),
  );
  if (provider === undefined || named.has(provider)) return named;
  if (!provider.includes(":")) {
    throw invalid("provider", `"${provider}" is neither a provider URI nor one of ${[...named.keys()].join(", ")}`);
  }
  if (nameOf(provider, named) === undefined) named.set(UNNAMED, { uri: provider });
  return named;
}

function nameOfDefault(
  { provider }: KeyrailConfiguration,
  named: ReadonlyMap<string, NamedProvider>,
): string | undefined {
  if (provider === undefined || named.has(provider)) return provider;
  return nameOf(provider, named);
}

/** The name of the provider with this URI. */
function nameOf(uri: string, named: ReadonlyMap<string, NamedProvider>): string | undefined {
  return [...named].find(([, provider]) => provider.uri === uri)?.[0];
}

function defaultProviderModule(name: string | undefined): ContainerModule {
  return new ContainerModule(({ bind }) => {
    if (name !== undefined) bind(KEYRAIL.provider).toService(providerToken(name));
  });
}

async function open(
  name: string,
  provider: NamedProvider,
  configuration: KeyrailConfiguration,
  options: KeyrailContainerOptions,
): Promise<Provider> {
  const { openProvider } = await import("@keyrail/configuration");
  const { folder = process.cwd(), environment = process.env, secret, telemetry, audit } = options;
  return openProvider({
    uri: provider.uri,
    folder,
    environment,
    secret: (question) =>
      secret === undefined
        ? secretFromFile(name, provider, configuration, { folder, environment })
        : secret(name, question),
    ...(provider.options === undefined ? {} : { options: provider.options }),
    ...(telemetry === undefined ? {} : { telemetry }),
    ...(audit === undefined ? {} : { audit }),
  });
}

async function secretFromFile(
  name: string,
  provider: NamedProvider,
  configuration: KeyrailConfiguration,
  { folder, environment }: Required<Pick<KeyrailContainerOptions, "folder" | "environment">>,
): Promise<Uint8Array> {
  const { readSecretFile } = await import("@keyrail/configuration");
  const ofKind = `KEYRAIL_${provider.uri.split(":", 1)[0]?.toUpperCase()}_PASSPHRASE_FILE`;
  for (const variable of [ofKind, "KEYRAIL_PASSPHRASE_FILE"]) {
    const named = environment[variable] ?? "";
    if (named !== "") return readSecretFile(resolve(named), variable);
  }
  const file = provider.passphraseFile ?? configuration.passphraseFile;
  if (file !== undefined) return readSecretFile(resolve(folder, file), "passphraseFile");
  throw invalid(
    `providers.${name}.passphraseFile`,
    `the provider ${name} needs a passphrase or a token: name a file that holds it`,
  );
}

function invalid(path: string, message: string): KeyrailError<"InvalidConfiguration"> {
  const where = path === "" ? "" : ` at "${path}"`;
  return new KeyrailError(
    "InvalidConfiguration",
    `The configuration is wrong${where}: ${message}.`,
    path === "" ? {} : { path },
  );
}
