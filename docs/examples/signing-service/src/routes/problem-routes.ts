import { ERROR_GUIDE, type ErrorCode } from "@keyrail/core";
import type { FastifyInstance } from "fastify";
import { injectable } from "inversify";
import { OPEN, type Routes } from "../http/routes.ts";

/** `GET /problems/:code`: what the `type` of a problem stands for. */
@injectable()
export class ProblemRoutes implements Routes {
  register(server: FastifyInstance): void {
    server.get<{ Params: { code: string } }>("/problems/:code", { config: OPEN }, async ({ params }, reply) => {
      const { code } = params;
      if (!isErrorCode(code)) return reply.callNotFound();
      return { code, ...ERROR_GUIDE[code] };
    });
  }
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_GUIDE, text);
}
