/**
 * `node dist/main.js CONFIGURATION.json`: runs until SIGTERM or SIGINT. Exit codes: 0 after a signal, 1 when the service
 * could not start, 2 for wrong arguments.
 */

import { isKeyrailError } from "@keyrail/core";
import { loadConfiguration } from "./configuration/service-configuration.ts";
import { startService } from "./service.ts";

const { argv, env } = process;
const file = argv[2] ?? env["SIGNING_SERVICE_CONFIG"];
if (file === undefined || argv.length > 3) {
  process.stderr.write("Give the configuration file: node dist/main.js service.json\n");
  process.exit(2);
}

const started = loadConfiguration(file, env).then(startService);
let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    // The second one is from somebody who does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    started.then((service) => service.stop()).then(() => process.exit(0), fail);
  });
}
started.then(({ url }) => process.stdout.write(`${JSON.stringify({ listening: url })}\n`), fail);

function fail(error: unknown): never {
  const text = isKeyrailError(error) ? `${error.code}: ${error.message}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
