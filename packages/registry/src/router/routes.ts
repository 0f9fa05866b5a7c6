/** From what callers give as a key to the provider that has it. */

import { type CallOptions, KeyrailError, type Operation, type Provider, withinDeadline } from "@keyrail/core";
import { invalid } from "../names.ts";
import type { AliasLookUp, Registry, ResolvedKey } from "../registry.ts";
import type { Route } from "./router.ts";

/** A key at one of the providers. */
export interface Target {
  /** The provider's name in the router. */
  readonly name: string;
  readonly provider: Provider;
  /** Key URI. */
  readonly key: string;
  /** What was found for the alias that was given. */
  readonly alias?: ResolvedKey;
  /** Of an alias without a version: the keys it named before, newest first. */
  readonly earlier: readonly ResolvedKey[];
}

interface NamedProvider {
  readonly name: string;
  readonly provider: Provider;
  /** What the URIs of its keys begin with, as it prints them. */
  readonly prefix: string;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["open", "open keys for use in this process"],
  ["approve", "ask for approvals"],
]);
const NONE: readonly ResolvedKey[] = [];

/** Finds the key and the provider of every call. */
export class Routes {
  readonly #registry: Registry;
  readonly #providers: readonly NamedProvider[];
  #closed = false;

  constructor(registry: Registry, providers: Readonly<Record<string, Provider>>) {
    this.#registry = registry;
    this.#providers = Object.entries(providers).map(([name, provider]) => {
      return { name, provider, prefix: `${provider.uri}/` };
    });
  }

  get providers(): readonly NamedProvider[] {
    return this.#providers;
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws KeyrailError `Closed`. */
  checkOpen(): void {
    if (this.#closed) throw new KeyrailError("Closed", "The router was closed.", { what: "router" });
  }

  /** @throws KeyrailError `InvalidRequest`. */
  at(name: string): Provider {
    const found = this.#providers.find((provider) => provider.name === name);
    if (found !== undefined) return found.provider;
    const names = this.#providers.map((provider) => provider.name).join(", ");
    throw invalid("provider", `The router has no provider named "${String(name)}"; it has ${names}.`);
  }

  /**
   * Finds the key, then makes the call with it. Looking an alias up is a part of the call, deadline and abort included.
   */
  async use<Result>(
    key: unknown,
    options: CallOptions | undefined,
    call: (target: Target, options: CallOptions | undefined) => Promise<Result>,
  ): Promise<Result> {
    const found = this.find(key);
    if (!(found instanceof Promise)) return call(found, options);
    if (options === undefined) return call(await found, undefined);
    const started = performance.now();
    // After an abort nobody listens to it any more.
    found.catch(() => undefined);
    const target = await withinDeadline(() => found, bounds(options), "Looking up the alias", false);
    return call(target, remaining(options, started));
  }

  /** At once where it can be, else a promise. */
  find(key: unknown): Target | Promise<Target> {
    this.checkOpen();
    if (typeof key !== "string" || key === "") {
      throw invalid("key", '"key" is not valid: expected an alias, an alias with a version, or a key URI.');
    }
    if (key.includes(":")) return this.#targetOfUri(key);
    const found = this.#registry.lookUp(key);
    return found instanceof Promise ? found.then((alias) => this.#targetOf(alias)) : this.#targetOf(found);
  }

  /** The target of an earlier version; undefined when no provider of this router has the key. */
  targetOfEarlier(earlier: ResolvedKey): Target | undefined {
    const found = this.#providerOf(earlier.key);
    return found && { name: found.name, provider: found.provider, key: earlier.key, alias: earlier, earlier: NONE };
  }

  #targetOfUri(key: string): Target {
    const { name, provider } = this.#providerOf(key) ?? this.#noProvider(key, "");
    return { name, provider, key, earlier: NONE };
  }

  #targetOf(alias: AliasLookUp): Target {
    const { key, earlier } = alias;
    const { name, provider } =
      this.#providerOf(key) ?? this.#noProvider(key, `, which the alias ${alias.alias} names,`);
    return { name, provider, key, alias, earlier };
  }

  #providerOf(key: string): NamedProvider | undefined {
    for (const candidate of this.#providers) {
      // The spelling the provider prints itself; a slash would be a store whose path only begins the same.
      if (key.startsWith(candidate.prefix) && !key.includes("/", candidate.prefix.length)) return candidate;
    }
    return this.#providers.find(({ provider }) => provider.owns(key));
  }

  #noProvider(key: string, which: string): never {
    const uris = this.#providers.map(({ name, provider }) => `${name} (${provider.uri})`).join(", ");
    throw new KeyrailError("KeyNotFound", `The key ${key}${which} is at no provider of this router: it has ${uris}.`, {
      key,
    });
  }
}

/** What is told of a target. */
export function routeOf({ alias, key, name }: Target): Route {
  return { ...(alias === undefined ? {} : { alias: alias.alias, version: alias.version }), key, provider: name };
}

/** `UnsupportedCapability` for a port the provider of a key has not, in the words of its declaration. */
export function missingPort(
  { alias, key, name, provider }: Target,
  operation: Operation | "open" | "approve",
): KeyrailError<"UnsupportedCapability"> {
  const explanation = operation === "open" || operation === "approve" ? undefined : provider.explain({ operation });
  const why =
    explanation === undefined || explanation.supported
      ? `${provider.capabilities.title} can't ${WORDS.get(operation) ?? operation}.`
      : [explanation.reason, explanation.nearest].filter(Boolean).join(" ");
  const which = alias === undefined ? `The key ${key}` : `The alias ${alias.alias} names ${key}, which`;
  return new KeyrailError("UnsupportedCapability", `${which} is at the provider "${name}". ${why}`, {
    provider: provider.name,
    operation,
    ...(explanation?.supported === false && explanation.nearest !== undefined ? { nearest: explanation.nearest } : {}),
  });
}

/** Signal and timeout, where they are such: what is wrong with them is the provider's to say. */
function bounds({ signal, timeout }: CallOptions): CallOptions {
  return {
    ...(signal instanceof AbortSignal ? { signal } : {}),
    ...(typeof timeout === "number" && timeout > 0 && timeout <= 2_147_483_647 ? { timeout } : {}),
  };
}

/** The options of a call of which some time has passed already. */
export function remaining(options: CallOptions | undefined, started: number): CallOptions | undefined {
  if (typeof options?.timeout !== "number" || !(options.timeout > 0)) return options;
  return { ...options, timeout: Math.max(1, options.timeout - (performance.now() - started)) };
}
