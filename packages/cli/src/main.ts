#!/usr/bin/env node
/** The `keyrail` command. */
import { runCommandLine } from "./program.ts";
import { printOutputError } from "./runtime/error-report.ts";
import { watchInterruption } from "./runtime/interrupt.ts";
import { quietWarnings } from "./runtime/warnings.ts";

quietWarnings();
// A reader that stopped reading, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : printOutputError(error, { json: process.argv.includes("--json") }));
});
process.exitCode = await runCommandLine(process.argv.slice(2), watchInterruption());
