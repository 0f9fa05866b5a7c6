/**
 * Databases for tests.
 *
 * `databaseUri(kind, context)` gives a database of the test's own, for `@keyrail/database`, that is gone after the
 * test:
 *
 *     describe.each(["sqlite", "postgresql"] as const)("on %s", (kind) => {
 *       test("…", async (context) => {
 *         const uri = await databaseUri(kind, context);
 *
 * PostgreSQL is the server `KEYRAIL_POSTGRES` names (a URI whose user may make databases), else one that the run starts
 * and stops, out of an optional dependency or of what the machine has. Where there is none the test is skipped, with
 * the reason. A test that has to kill its server starts one with `PostgresqlServer` of `postgresql/server.ts`.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Client } from "pg";
import { inject, type TestContext } from "vitest";
import { z } from "zod";
import { NoPostgresql, PostgresqlServer } from "./postgresql/server.ts";

/** The engines, for `describe.each`. */
export const DATABASE_KINDS = ["sqlite", "postgresql"] as const;

const answerSchema = z.union([z.object({ uri: z.string() }), z.object({ reason: z.string() })]);

/** A database of the test's own. Skips the test where there is no PostgreSQL. */
export async function databaseUri(kind: (typeof DATABASE_KINDS)[number], context: TestContext): Promise<string> {
  if (kind === "postgresql") return postgresqlUri(context);
  const folder = mkdtempSync(path.join(tmpdir(), "keyrail-test-"));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, "test.sqlite");
}

/** A PostgreSQL database of the test's own. Skips the test where there is no PostgreSQL. */
export async function postgresqlUri(context: TestContext): Promise<string> {
  const answer = answerSchema.parse(JSON.parse(await text(connect(inject("postgresqlPort"), "127.0.0.1"))));
  if ("reason" in answer) context.skip(`PostgreSQL: ${answer.reason}`);
  const { uri } = z.object({ uri: z.string() }).parse(answer);
  const name = `keyrail_test_${randomBytes(8).toString("hex")}`;
  await execute(uri, `create database ${name}`);
  context.onTestFinished(() => execute(uri, `drop database ${name} with (force)`));
  const own = new URL(uri);
  own.pathname = `/${name}`;
  return own.href;
}

/** A server of the test's own, to be killed and started again. Skips the test where there is no PostgreSQL. */
export async function postgresqlServer(context: TestContext): Promise<PostgresqlServer> {
  try {
    const server = await PostgresqlServer.start();
    context.onTestFinished(() => server.stop());
    return server;
  } catch (error) {
    if (error instanceof NoPostgresql) context.skip(`PostgreSQL: ${error.message}`);
    throw error;
  }
}

async function execute(uri: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: uri });
  // Dropping a database by force ends connections of those who did not close them.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
