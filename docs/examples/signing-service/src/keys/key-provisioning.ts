import { hash } from "node:crypto";
import { isKeyrailError, KeyrailError, type Provider, type Usage } from "@keyrail/core";
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
    for (let attempt = 1; ; attempt++) {
      const current = await this.#find(alias);
      if (current?.labels[SEEN_TO] === provider.uri) return;
      const key = (current && (await this.#keyAt(provider, alias))) ?? (await this.#make(provider, alias, wanted));
      const reason = `the configuration names ${provider.uri}`;
      try {
        await this.#registry.setAlias(alias, key, { expect: current?.current.key ?? null, reason });
      } catch (error) {
        // Another instance was faster: look again.
        const overtaken = isKeyrailError(error, "OperationRefused") || isKeyrailError(error, "KeyExists");
        if (!overtaken || attempt === ATTEMPTS) throw error;
        continue;
      }
      await this.#registry.setLabels(alias, { ...current?.labels, [SEEN_TO]: provider.uri }, { reason });
      return;
    }
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

  /** Makes the key, or finds the one another instance made: both give the same idempotency key. */
  async #make(provider: Provider, alias: string, { keyType, label = alias }: WantedKey): Promise<string> {
    const usages: readonly Usage[] = ["sign", "verify"];
    const both = provider.explain({ operation: "create", keyType, usages });
    const record = await provider.keys.create(
      { keyType, usages: both.supported ? usages : ["sign"], label },
      { idempotencyKey: `signing-service:${hash("sha256", alias).slice(0, 32)}` },
    );
    await this.#registry.adopt([record], { reason: "made by the signing service" });
    return record.uri;
  }
}
