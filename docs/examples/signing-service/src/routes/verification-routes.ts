import { type CallOptions, isKeyrailError, KeyrailError, type PublicKey } from "@keyrail/core";
import { openPublicKey, prepareEngines, signatureAlgorithms, verifyAsync } from "@keyrail/crypto";
import { KEYRAIL } from "@keyrail/inversify";
import type { Registry, ResolvedKey } from "@keyrail/registry";
import type { FastifyInstance } from "fastify";
import { inject, injectable } from "inversify";
import type { ServiceConfiguration } from "../configuration/service-configuration.ts";
import { inputOf, verifyBody, type VerifyBody } from "../http/bodies.ts";
import { limitsOf } from "../http/caller.ts";
import type { Routes } from "../http/routes.ts";
import { PublicKeys } from "../keys/public-keys.ts";
import { SERVICE } from "../tokens.ts";

/** Whether a signature is one of the alias, and by which of its keys it was made. */
export interface VerifyAnswer {
  readonly valid: boolean;
  readonly alias: string;
  /** Present when `valid`. */
  readonly version?: number;
  readonly key?: string;
}

/**
 * `POST /keys/:alias/verify`: under the key the alias names now, then under those it named before. It needs public keys
 * alone, so it is done here: the same for every vendor, and no request.
 */
@injectable()
export class VerificationRoutes implements Routes {
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
    server.post<{ Params: { alias: string }; Body: VerifyBody }>(
      "/keys/:alias/verify",
      { schema: { body: verifyBody } },
      async ({ params, body }, reply) => this.#verify(params.alias, body, limitsOf(reply, this.#timeout)),
    );
  }

  async #verify(name: string, body: VerifyBody, limits: CallOptions): Promise<VerifyAnswer> {
    const { earlier, ...current } = await this.#registry.lookUp(name);
    const { alias } = current;
    let asked = 0;
    for (const { key, version } of [current, ...earlier]) {
      const publicKey = await this.#publicKeyOf(key, current, limits);
      if (publicKey === undefined || !signatureAlgorithms(publicKey.keyType).includes(body.algorithm)) continue;
      asked++;
      if (await isSignedBy(publicKey, body)) return { valid: true, alias, version, key };
    }
    if (asked > 0) return { valid: false, alias };
    throw new KeyrailError("UnsupportedCapability", `No key of ${alias} makes signatures of ${body.algorithm}.`, {
      provider: "signing-service",
      operation: "verify",
      algorithm: body.algorithm,
    });
  }

  /** `undefined` for an earlier key that is gone. One that can't be asked for now is an error: it may be the right one. */
  async #publicKeyOf(key: string, current: ResolvedKey, limits: CallOptions): Promise<PublicKey | undefined> {
    try {
      return await this.#publicKeys.of(key, limits);
    } catch (error) {
      if (key !== current.key && isKeyrailError(error, "KeyNotFound")) return undefined;
      throw error;
    }
  }
}

async function isSignedBy(publicKey: PublicKey, body: VerifyBody): Promise<boolean> {
  const { algorithm, signature, format } = body;
  await prepareEngines(publicKey.keyType, { algorithm });
  return verifyAsync(openPublicKey(publicKey.keyType, publicKey.toRaw()), {
    algorithm,
    signature,
    ...inputOf(body),
    ...(format === undefined ? {} : { format }),
  });
}
