import { once } from "node:events";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { CommandModule } from "./command-module.ts";

/** `keyrail emulate encedo` */
export const emulateEncedo: CommandModule = {
  words: ["emulate", "encedo"],
  summary: "run an Encedo HEM on this machine, for tests and development",
  details: `It listens on 127.0.0.1 until Ctrl-C, over HTTPS and plain HTTP, with a device that is provisioned and empty; keys live in
memory, or in the state file. Its quirks and firmware defects are on, as on the hardware. --json prints one line when it is ready.`,
  examples: [
    { line: "keyrail emulate encedo", does: "on free ports" },
    { line: "keyrail emulate encedo --port 8443 --json", does: "one line of JSON when it is ready" },
  ],
  define(command, run) {
    command
      .option("--port <port>", "port of HTTPS (default: a free one)", port)
      .option("--http-port <port>", "port of plain HTTP (default: a free one)", port)
      .option("--state <file>", "keeps the device's state in this file")
      .action((options) =>
        run(async (session) => {
          const { startEncedoEmulator } = await import("@keyrail/emulator-encedo");
          await using emulator = await startEncedoEmulator({
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.httpPort === undefined ? {} : { httpPort: options.httpPort }),
            ...(options.state === undefined ? {} : { stateFile: options.state }),
          });
          const { url, httpUrl, caFile, userPassphrase, masterPassphrase } = emulator;
          const { brokerUrl, checkinUrl, controlUrl } = emulator;
          const addresses = {
            url,
            httpUrl,
            caFile,
            userPassphrase,
            masterPassphrase,
            brokerUrl,
            checkinUrl,
            controlUrl,
          };
          const ready = { kind: "encedo", ...addresses };
          process.stdout.write(session.json ? `${JSON.stringify(ready)}\n` : `${forPeople(ready)}\n`);
          // Ctrl-C and SIGTERM are how it is meant to end.
          if (!session.signal.aborted) await once(session.signal, "abort");
          return { document: undefined, text: "" };
        }),
      );
  },
};

function forPeople(ready: Readonly<Record<string, string>>): string {
  const { url = "", httpUrl = "", caFile = "", userPassphrase = "", masterPassphrase = "" } = ready;
  const { brokerUrl = "", checkinUrl = "", controlUrl = "" } = ready;
  return [
    `Encedo HEM emulator on ${url} and ${httpUrl}, control endpoint ${controlUrl}. Ctrl-C ends it.`,
    "",
    `  provider           encedo://${new URL(url).host}`,
    `  CA certificate     ${caFile}`,
    `  user passphrase    ${userPassphrase}`,
    `  master passphrase  ${masterPassphrase}`,
    `  broker             ${brokerUrl}`,
    `  check-in           ${checkinUrl}`,
  ].join("\n");
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("It is a port, 0 to 65535.");
  return value;
}
