/**
 * One PostgreSQL server for all test files of a run, started when the first one asks for it: the workers ask over a
 * port on loopback.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { TestProject } from "vitest/node";
import { NoPostgresql, PostgresqlServer } from "./server.ts";

/** What a worker is told: the server's URI, or why there is none. */
export type ServerAnswer = { readonly uri: string } | { readonly reason: string };

declare module "vitest" {
  export interface ProvidedContext {
    /** The port on which to ask for the server. */
    postgresqlPort: number;
  }
}

/** Called by vitest before the first test file; what it gives is called after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresqlServer> | undefined;
  const ask = async (): Promise<ServerAnswer> => {
    const given = process.env["KEYRAIL_POSTGRES"];
    if (given !== undefined && given !== "") return { uri: given };
    try {
      return { uri: (await (starting ??= PostgresqlServer.start())).uri };
    } catch (error) {
      if (error instanceof NoPostgresql) return { reason: error.message };
      throw error;
    }
  };
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    ask().then(
      (answer) => socket.end(JSON.stringify(answer)),
      (error: unknown) => socket.end(JSON.stringify({ reason: String(error) })),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address !== null && typeof address === "object") project.provide("postgresqlPort", address.port);
  return async () => {
    server.close();
    await (await starting?.catch(() => undefined))?.stop();
  };
}
