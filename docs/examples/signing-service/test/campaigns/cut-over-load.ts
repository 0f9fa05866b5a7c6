/**
 * An alias switched back and forth between two vendors under load, with the registry in SQLite and in PostgreSQL.
 *
 *     npm run campaign -- cut-over-load --switches 1000 --seed 1
 *
 * Prints a line of Markdown per engine for docs/campaigns.md; fails when a request failed or a key signed out of its turn.
 */

import { parseArgs } from "node:util";
import { NoPostgresql, PostgresqlServer } from "../../../../../test/postgresql/server.ts";
import { buildService } from "../support/built-service.ts";
import { type CutOverResult, runCutOverLoad } from "../support/cut-over-load.ts";

const { values } = parseArgs({
  options: { switches: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const switches = Number(values.switches);
const seed = Number(values.seed);
const program = await buildService();

report("SQLite", await runCutOverLoad({ program, database: "registry.sqlite", switches, seed }));
try {
  const server = await PostgresqlServer.start();
  try {
    report("PostgreSQL", await runCutOverLoad({ program, database: server.uri, switches, seed }));
  } finally {
    await server.stop();
  }
} catch (error) {
  if (!(error instanceof NoPostgresql)) throw error;
  process.stderr.write(`PostgreSQL was left out: ${error.message}\n`);
}

function report(engine: string, result: CutOverResult): void {
  const { requests, failures, strays, across, byProvider, seconds } = result;
  const cells = [
    new Date().toISOString().slice(0, 10),
    process.version,
    `\`--switches ${switches} --seed ${seed}\``,
    engine,
    result.switches,
    requests,
    byProvider["software"] ?? 0,
    byProvider["dfns"] ?? 0,
    across,
    failures.length,
    strays.length,
    seconds.toFixed(1),
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  for (const problem of [...failures, ...strays].slice(0, 20)) process.stderr.write(`${problem}\n`);
  if (failures.length + strays.length > 0 || result.switches !== switches) process.exitCode = 1;
}
