import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the route answers without the bearer token. */
    readonly open?: boolean;
  }
}

/** A group of routes. */
export interface Routes {
  register(server: FastifyInstance): void;
}

/** `config` of a route that answers without the bearer token. */
export const OPEN: { readonly open: true } = { open: true };
