import { once } from "node:events";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { CommandModule } from "./command-module.ts";

/** `keyrail emulate dfns` */
export const emulateDfns: CommandModule = {
  words: ["emulate", "dfns"],
  summary: "run a Dfns Keys API on this machine, for tests and development",
  details: `It listens on 127.0.0.1 until Ctrl-C, with one organisation and one service account that may do everything; keys live in memory.
It is an emulator, not an MPC network: keys are put together from their shares in memory to sign. --json prints one line when it is
ready.`,
  examples: [
    { line: "keyrail emulate dfns", does: "on a free port" },
    { line: "keyrail emulate dfns --port 8443 --json", does: "one line of JSON when it is ready" },
  ],
  define(command, run) {
    command
      .option("--port <port>", "port to listen on (default: a free one)", port)
      .option("--unlimited", "no rate limit (default: 1000 requests a minute)")
      .action((options) =>
        run(async (session) => {
          const { startDfnsEmulator } = await import("@keyrail/emulator-dfns");
          await using emulator = await startDfnsEmulator({
            allowDiffieHellman: true,
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.unlimited === true ? { requestsPerMinute: "unlimited" } : {}),
          });
          const { url, caFile, authToken, orgId, credId, credentialKeyFile, controlUrl } = emulator;
          const ready = { kind: "dfns", url, caFile, authToken, orgId, credId, credentialKeyFile, controlUrl };
          process.stdout.write(session.json ? `${JSON.stringify(ready)}\n` : `${forPeople(ready)}\n`);
          // Ctrl-C and SIGTERM are how it is meant to end.
          if (!session.signal.aborted) await once(session.signal, "abort");
          return { document: undefined, text: "" };
        }),
      );
  },
};

function forPeople(ready: Readonly<Record<string, string>>): string {
  const {
    url = "",
    caFile = "",
    authToken = "",
    orgId = "",
    credId = "",
    credentialKeyFile = "",
    controlUrl = "",
  } = ready;
  return [
    `Dfns emulator on ${url}, control endpoint ${controlUrl}. Ctrl-C ends it.`,
    "",
    `  provider        dfns://${new URL(url).host}`,
    `  organisation    ${orgId}`,
    `  CA certificate  ${caFile}`,
    `  credential      ${credId}, private key in ${credentialKeyFile}`,
    `  access token    ${authToken}`,
  ].join("\n");
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("It is a port, 0 to 65535.");
  return value;
}
