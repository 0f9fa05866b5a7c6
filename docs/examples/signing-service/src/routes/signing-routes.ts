import {
  type ApprovalTicket,
  type CallOptions,
  encodeBase64Url,
  isKeyrailError,
  type PublicJwk,
  type Signature,
  type SignatureAlgorithm,
} from "@keyrail/core";
import { KEYRAIL } from "@keyrail/inversify";
import type { Route, Router } from "@keyrail/registry";
import type { FastifyInstance, FastifyReply } from "fastify";
import { inject, injectable } from "inversify";
import type { ServiceConfiguration } from "../configuration/service-configuration.ts";
import { inputOf, resumeBody, type ResumeBody, signBody, type SignBody } from "../http/bodies.ts";
import { limitsOf } from "../http/caller.ts";
import type { Routes } from "../http/routes.ts";
import { PublicKeys } from "../keys/public-keys.ts";
import { SERVICE } from "../tokens.ts";

/** Seconds after which it makes sense to look at an approval again. */
const APPROVAL_PAUSE = 5;

/** A signature, and all that is needed to check it. */
export interface SignAnswer {
  /** base64url. */
  readonly signature: string;
  readonly algorithm: SignatureAlgorithm;
  readonly alias: string;
  /** Version of the alias whose key signed. */
  readonly version?: number;
  /** URI of the key that signed. */
  readonly key: string;
  readonly publicKey: PublicJwk;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

/** `POST /keys/:alias/sign` and `POST /approvals/resume`. */
@injectable()
export class SigningRoutes implements Routes {
  readonly #router: Router;
  readonly #publicKeys: PublicKeys;
  readonly #timeout: number;

  constructor(
    @inject(KEYRAIL.router) router: Router,
    @inject(PublicKeys) publicKeys: PublicKeys,
    @inject(SERVICE.configuration) { requestTimeout }: ServiceConfiguration,
  ) {
    this.#router = router;
    this.#publicKeys = publicKeys;
    this.#timeout = requestTimeout;
  }

  register(server: FastifyInstance): void {
    server.post<{ Params: { alias: string }; Body: SignBody }>(
      "/keys/:alias/sign",
      { schema: { body: signBody } },
      async (request, reply) => this.#sign(request.params.alias, request.body, limitsOf(reply, this.#timeout), reply),
    );
    server.post<{ Body: ResumeBody }>("/approvals/resume", { schema: { body: resumeBody } }, async (request, reply) =>
      this.#resume(request.body.approval, limitsOf(reply, this.#timeout), reply),
    );
  }

  async #sign(
    alias: string,
    body: SignBody,
    limits: CallOptions,
    reply: FastifyReply,
  ): Promise<SignAnswer | undefined> {
    const { algorithm, format } = body;
    const asked = { key: alias, algorithm, ...inputOf(body), ...(format === undefined ? {} : { format }) };
    try {
      const { route, ...signature } = await this.#router.sign(asked, limits);
      return await this.#answer(algorithm, signature, { ...route, alias: route.alias ?? alias }, limits);
    } catch (error) {
      if (!isKeyrailError(error, "ApprovalPending")) throw error;
      return pending(reply, { alias, algorithm, ticket: error.context.ticket });
    }
  }

  async #resume(
    approval: ResumeBody["approval"],
    limits: CallOptions,
    reply: FastifyReply,
  ): Promise<SignAnswer | undefined> {
    const { alias, algorithm, ticket } = approval;
    const outcome = await this.#router.approvals.resume(ticket, limits);
    if (outcome.status === "pending") return pending(reply, { alias, algorithm, ticket: outcome.ticket });
    const { key, version, earlier } = await this.#router.registry.lookUp(alias);
    // The alias may have been switched while people decided.
    const signer = [{ key, version }, ...earlier].find((candidate) => candidate.key === ticket.key);
    const route = { alias, key: ticket.key, ...(signer === undefined ? {} : { version: signer.version }) };
    return this.#answer(algorithm, outcome.result, route, limits);
  }

  async #answer(
    algorithm: SignatureAlgorithm,
    { signature }: Signature,
    { alias, version, key }: Omit<Route, "provider"> & { readonly alias: string },
    limits: CallOptions,
  ): Promise<SignAnswer> {
    const publicKey = await this.#publicKeys.of(key, limits);
    return {
      signature: encodeBase64Url(signature),
      algorithm,
      alias,
      ...(version === undefined ? {} : { version }),
      key,
      publicKey: publicKey.toJwk(),
      thumbprint: publicKey.thumbprint(),
    };
  }
}

/** People have to approve: not an error, and nothing is lost. `approval` finishes it, at any instance. */
function pending(
  reply: FastifyReply,
  approval: { readonly alias: string; readonly algorithm: SignatureAlgorithm; readonly ticket: ApprovalTicket },
): undefined {
  void reply.code(202).header("retry-after", APPROVAL_PAUSE).send({ status: "pending", approval });
}
