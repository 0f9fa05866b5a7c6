import type { CallOptions, KeyType, PublicJwk } from "@keyrail/core";
import { isKeyrailError } from "@keyrail/core";
import { KEYRAIL } from "@keyrail/inversify";
import type { Registry } from "@keyrail/registry";
import type { FastifyInstance, FastifyReply } from "fastify";
import { inject, injectable } from "inversify";
import type { ServiceConfiguration } from "../configuration/service-configuration.ts";
import { limitsOf } from "../http/caller.ts";
import { OPEN, type Routes } from "../http/routes.ts";
import { PublicKeys } from "../keys/public-keys.ts";
import { SERVICE } from "../tokens.ts";

/** How long others may keep public keys, seconds: a new version is seen by all of them after this. */
const KEEP_KEYS = 60;

/** The key an alias names now. */
export interface KeyAnswer {
  readonly alias: string;
  readonly version: number;
  /** Key URI. */
  readonly key: string;
  readonly keyType: KeyType;
  readonly publicKey: PublicJwk;
  readonly thumbprint: string;
}

/** A JWK set (RFC 7517) of public keys; `kid` is the thumbprint. */
export interface KeySetAnswer {
  readonly keys: readonly (PublicJwk & { readonly kid: string; readonly use: "sig" })[];
}

/** `GET /keys/:alias` and `GET /.well-known/jwks.json`. */
@injectable()
export class KeyRoutes implements Routes {
  readonly #registry: Registry;
  readonly #publicKeys: PublicKeys;
  readonly #timeout: number;

  constructor(
    @inject(KEYRAIL.registry) registry: Registry,
    @inject(PublicKeys) publicKeys: PublicKeys,
    @inject(SERVICE.configuration) { requestTimeout }: ServiceConfiguration,
  ) {
    this.#registry = registry;
    this.#publicKeys = publicKeys;
    this.#timeout = requestTimeout;
  }

  register(server: FastifyInstance): void {
    server.get<{ Params: { alias: string } }>("/keys/:alias", async ({ params }, reply) =>
      this.#key(params.alias, limitsOf(reply, this.#timeout)),
    );
    // Whoever checks a signature needs the public keys, of earlier versions too; they are no secret.
    server.get("/.well-known/jwks.json", { config: OPEN }, async (_request, reply) =>
      this.#keySet(limitsOf(reply, this.#timeout), reply),
    );
  }

  async #key(name: string, limits: CallOptions): Promise<KeyAnswer> {
    const { alias, version, key } = await this.#registry.lookUp(name);
    const publicKey = await this.#publicKeys.of(key, limits);
    const { keyType } = publicKey;
    return { alias, version, key, keyType, publicKey: publicKey.toJwk(), thumbprint: publicKey.thumbprint() };
  }

  async #keySet(limits: CallOptions, reply: FastifyReply): Promise<KeySetAnswer> {
    const keys = new Map<string, KeySetAnswer["keys"][number]>();
    for await (const { name } of this.#registry.aliases()) {
      for (const { key } of await this.#registry.history(name)) {
        const publicKey = await this.#publicKeys.of(key, limits).catch((error: unknown) => {
          // A symmetric key has no public half, and a key that is gone checks nothing any more.
          if (isKeyrailError(error, "UnsupportedCapability") || isKeyrailError(error, "KeyNotFound")) return undefined;
          throw error;
        });
        if (publicKey === undefined) continue;
        const kid = publicKey.thumbprint();
        keys.set(kid, { ...publicKey.toJwk(), kid, use: "sig" });
      }
    }
    void reply.header("cache-control", `public, max-age=${KEEP_KEYS}`);
    return { keys: [...keys.values()] };
  }
}
