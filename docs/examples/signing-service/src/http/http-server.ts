import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { isKeyrailError } from "@keyrail/core";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { inject, injectable, multiInject } from "inversify";
import type { ServiceConfiguration } from "../configuration/service-configuration.ts";
import { SERVICE } from "../tokens.ts";
import { BearerToken, isLoopback } from "./bearer-token.ts";
import { useSchemas } from "./bodies.ts";
import { isGone } from "./caller.ts";
import { type Problem, problem, problemOf } from "./problem.ts";
import type { Routes } from "./routes.ts";

/** An alias has up to 128 characters, each of which may be escaped, and perhaps a version. */
const LONGEST_PARAMETER = 420;

const UNAUTHORISED: Problem = {
  ...problem(401, "Unauthorised", "A bearer token is needed", "Send the header Authorization: Bearer TOKEN."),
  headers: { "www-authenticate": 'Bearer realm="signing service"' },
};
const NOTHING_HERE = problem(404, "Http404", "There is nothing here", "No route has this path and method.");

/** The HTTP side: what holds for every route. */
@injectable()
export class HttpServer {
  readonly #configuration: ServiceConfiguration;
  readonly #token: BearerToken;
  readonly #server: FastifyInstance;
  #stopping = false;

  constructor(
    @inject(SERVICE.configuration) configuration: ServiceConfiguration,
    @inject(BearerToken) token: BearerToken,
    @multiInject(SERVICE.routes) routes: readonly Routes[],
  ) {
    this.#configuration = configuration;
    this.#token = token;
    this.#server = Fastify({
      logger: {
        level: configuration.logLevel,
        // Requests are logged without headers and bodies; this is for whoever adds them.
        redact: ["req.headers.authorization", "req.headers.cookie", "*.authorization", "*.passphrase", "*.token"],
      },
      bodyLimit: configuration.bodyLimit,
      requestTimeout: configuration.requestTimeout,
      genReqId: () => randomUUID(),
      routerOptions: { maxParamLength: LONGEST_PARAMETER },
      // What comes while the service stops is still served: nothing a caller sent is turned away.
      return503OnClosing: false,
      forceCloseConnections: "idle",
    });
    useSchemas(this.#server);
    this.#server.addHook("onRequest", (request, reply, done) => {
      if (this.#mayCall(request)) done();
      else void send(reply, UNAUTHORISED);
    });
    // Who is answered while the service stops is to come back on another connection, to another instance.
    this.#server.addHook("onSend", (_request, reply, payload, done) => {
      if (this.#stopping) reply.header("connection", "close");
      done(null, payload);
    });
    this.#server.setErrorHandler((error, request, reply) => this.#fail(error, request, reply));
    this.#server.setNotFoundHandler((_request, reply) => send(reply, NOTHING_HERE));
    for (const group of routes) group.register(this.#server);
  }

  /** Starts to listen; the address, as a URL. */
  async listen(): Promise<string> {
    const { host, port } = this.#configuration.listen;
    const url = await this.#server.listen({ host, port });
    const { log } = this.#server;
    if (!this.#token.needed) log.warn("No token is configured: everybody on this machine may sign.");
    if (!isLoopback(host)) log.warn("This is plain HTTP: put a proxy that ends TLS before it, on the same machine.");
    return url;
  }

  /**
   * Serves on for `shutdownDelay`, but lets go of each connection with its next answer; then takes no new ones, and resolves
   * when every request in flight was answered. A request that was sent before callers knew, and is still on its way, is
   * served as long as it comes within the delay.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    await wait(this.#configuration.shutdownDelay);
    await this.#server.close();
  }

  #mayCall(request: FastifyRequest): boolean {
    return request.routeOptions.config.open === true || this.#token.allows(request.headers.authorization);
  }

  #fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const found = problemOf(error);
    // A Keyrail error's own text is safe to log; its cause may hold what a vendor said, and is not.
    const facts = isKeyrailError(error) ? error.toJSON() : { err: error };
    if (isGone(reply)) request.log.info(facts, "the caller went away");
    else if (found.status >= 500) request.log.error(facts, "the request failed");
    else request.log.info(facts, "the request was refused");
    return send(reply, found);
  }
}

function send(reply: FastifyReply, { status, headers, body }: Problem): FastifyReply {
  return reply.code(status).headers(headers).type("application/problem+json").send(body);
}
