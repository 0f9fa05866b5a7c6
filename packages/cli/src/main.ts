#!/usr/bin/env node
/** The `keyrail` command. */
import { runCommandLine } from "./program.ts";
import { watchInterruption } from "./runtime/interrupt.ts";
import { quietWarnings } from "./runtime/warnings.ts";

quietWarnings();
// A reader that stopped reading, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await runCommandLine(process.argv.slice(2), watchInterruption());
