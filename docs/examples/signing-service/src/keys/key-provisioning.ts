import { hash } from "node:crypto";
import { isKeyrailError, KeyrailError, type KeyRecord, type Provider, type Usage } from "@keyrail/core";
import { KEYRAIL } from "@keyrail/inversify";
import type { Alias, Registry } from "@keyrail/registry";
import { inject, injectable, optional } from "inversify";
import type { ServiceConfiguration, WantedKey } from "../configuration/service-configuration.ts";
import { SERVICE } from "../tokens.ts";

/** The label of an alias that says for which provider the service last saw to it. */
const SEEN_TO = "signing-service.provider";
const ATTEMPTS = 10;

/**
 * Sees to it that each key of the configuration is there at the configuration's provider: this is how a new provider URI
 * moves the service to another vendor. Several instances may do it at once; they end up with one key.
 *
 * What was done to an alias since, such as the cut-over of a migration, stays: only a provider that the service did not
 * see to before makes it switch.
 */
@injectable()
export class KeyProvisioning {
  readonly #registry: Registry;
  readonly #provider: Provider | undefined;
  readonly #keys: ServiceConfiguration["keys"];

  constructor(
    @inject(KEYRAIL.registry) registry: Registry,
    @inject(KEYRAIL.provider) @optional() provider: Provider | undefined,
    @inject(SERVICE.configuration) { keys }: ServiceConfiguration,
  ) {
    this.#registry = registry;
    this.#provider = provider;
    this.#keys = keys;
  }

  /** @throws KeyrailError what the provider or the registry throws: a service without its keys does not start. */
  async run(): Promise<void> {
    for (const [alias, wanted] of Object.entries(this.#keys)) await this.#seeTo(alias, wanted);
  }

  async #seeTo(alias: string, wanted: WantedKey): Promise<void> {
    const provider = this.#provider;
    if (provider === undefined) {
      throw new KeyrailError("InvalidConfiguration", `"keyrail.provider" is missing: where is ${alias} to be made?`, {
        path: "keyrail.provider",
      });
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const current = await this.#find(alias);
      if (current?.labels[SEEN_TO] === provider.uri) return;
      if (await this.#switchTo(provider, alias, wanted, current)) return;
    }
    throw new KeyrailError("OperationRefused", `The alias ${alias} is switched by others, again and again.`, {
      provider: provider.name,
      reason: "overtaken",
    });
  }

  /** False when another instance, or somebody, was faster: look again then. */
  async #switchTo(provider: Provider, alias: string, wanted: WantedKey, current: Alias | undefined): Promise<boolean> {
    const before = current === undefined ? undefined : await this.#keyAt(provider, alias);
    const made = before === undefined ? await this.#make(provider, alias, wanted) : undefined;
    const key = before ?? made?.uri;
    if (key === undefined) return false;
    const reason = `the configuration names ${provider.uri}`;
    try {
      await this.#registry.setAlias(alias, key, { expect: current?.current.key ?? null, reason });
    } catch (error) {
      if (!isKeyrailError(error, "OperationRefused") && !isKeyrailError(error, "KeyExists")) throw error;
      if (made !== undefined) await this.#discard(provider, alias, made.uri);
      return false;
    }
    if (made !== undefined) await this.#registry.adopt([made], { reason });
    await this.#registry.setLabels(alias, { ...current?.labels, [SEEN_TO]: provider.uri }, { reason });
    return true;
  }

  async #find(alias: string): Promise<Alias | undefined> {
    try {
      return await this.#registry.alias(alias);
    } catch (error) {
      if (isKeyrailError(error, "KeyNotFound")) return undefined;
      throw error;
    }
  }

  /** The newest key at the provider that the alias named before. */
  async #keyAt(provider: Provider, alias: string): Promise<string | undefined> {
    const history = await this.#registry.history(alias);
    return history.find(({ key }) => provider.owns(key))?.key;
  }

  /**
   * Makes the key. The idempotency key lets a start that was cut off find the key it made. Two starts at the very same
   * moment may each make one, as no vendor tells them of each other: the one that comes second takes its own away again.
   */
  async #make(provider: Provider, alias: string, { keyType, label = alias }: WantedKey): Promise<KeyRecord> {
    const usages: readonly Usage[] = ["sign", "verify"];
    const both = provider.explain({ operation: "create", keyType, usages });
    return provider.keys.create(
      { keyType, usages: both.supported ? usages : ["sign"], label },
      { idempotencyKey: `signing-service:${hash("sha256", alias).slice(0, 32)}` },
    );
  }

  /** Removes a key this start made a moment ago, when another start was faster and the alias names that one's key. */
  async #discard(provider: Provider, alias: string, key: string): Promise<void> {
    const current = await this.#find(alias);
    if (current === undefined || current.current.key === key) return;
    await provider.catalog?.remove(key).catch((error: unknown) => {
      if (!isKeyrailError(error, "KeyNotFound")) throw error;
    });
  }
}
