#!/usr/bin/env node
/** The `keyrail` command. */
import { runCommandLine } from "./program.ts";
import { EXIT } from "./runtime/exit-codes.ts";
import { watchInterruption } from "./runtime/interrupt.ts";
import { quietWarnings } from "./runtime/warnings.ts";

quietWarnings();
// A reader that stopped reading, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  const reason = error.code === "ENOSPC" ? "there is no space left" : (error.code ?? error.name);
  process.stderr.write(
    `keyrail: Standard output can't be written: ${reason}. What the command did up to here is done.\n`,
  );
  process.exit(EXIT.failed);
});
process.exitCode = await runCommandLine(process.argv.slice(2), watchInterruption());
