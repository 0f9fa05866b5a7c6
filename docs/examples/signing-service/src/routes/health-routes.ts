import { type HealthCheck, type HealthReport, KEYRAIL } from "@keyrail/inversify";
import type { FastifyInstance } from "fastify";
import { inject, injectable } from "inversify";
import { OPEN, type Routes } from "../http/routes.ts";

/** How long a report is given again, milliseconds: those who ask each second do not burden a device. */
const KEEP_REPORT = 1000;

/** `GET /health`: 200 when the service can sign, else 503 and why. */
@injectable()
export class HealthRoutes implements Routes {
  readonly #check: HealthCheck;
  #report: { readonly until: number; readonly value: Promise<HealthReport> } | undefined;
  #stopping = false;

  constructor(@inject(KEYRAIL.healthCheck) check: HealthCheck) {
    this.#check = check;
  }

  /** From now on 503: callers are to go elsewhere. */
  stop(): void {
    this.#stopping = true;
  }

  register(server: FastifyInstance): void {
    server.get("/health", { config: OPEN }, async (_request, reply) => {
      if (this.#stopping) return reply.code(503).send({ status: "stopping", parts: [] });
      const { healthy, parts } = await this.#latest();
      return reply.code(healthy ? 200 : 503).send({ status: healthy ? "ok" : "unavailable", parts });
    });
  }

  #latest(): Promise<HealthReport> {
    const now = performance.now();
    if (this.#report === undefined || this.#report.until < now) {
      this.#report = { until: now + KEEP_REPORT, value: this.#check.check() };
    }
    return this.#report.value;
  }
}
