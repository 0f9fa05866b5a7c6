import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import type { CommandModule } from "../command-module.ts";
import { type EnvironmentFolder, writeEnvironmentFolder } from "./environment-folder.ts";
import { environmentOption, port } from "./options.ts";

/** `keyrail emulate dfns` */
export const emulateDfns: CommandModule = {
  words: ["emulate", "dfns"],
  summary: "run a Dfns Keys API on this machine, for tests and development",
  details: `It listens on 127.0.0.1 until Ctrl-C, with one organisation and one service account that may do everything; keys live in memory.
It is an emulator, not an MPC network: keys are put together from their shares in memory to sign. --json prints one line when it is
ready.`,
  examples: [
    { line: "keyrail emulate dfns", does: "on a free port" },
    { line: "keyrail emulate dfns --env dfns", does: "`. dfns/env` in another shell, then use it as $DFNS" },
    { line: "keyrail emulate dfns --port 8443 --json", does: "one line of JSON when it is ready" },
  ],
  define(command, run) {
    command
      .option("--port <port>", "port to listen on (default: a free one)", port)
      .option("--unlimited", "no rate limit (default: 1000 requests a minute)")
      .addOption(environmentOption())
      .action((options) =>
        run(async (session) => {
          const { startDfnsEmulator } = await import("@keyrail/emulator-dfns");
          await using emulator = await startDfnsEmulator({
            allowDiffieHellman: true,
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.unlimited === true ? { requestsPerMinute: "unlimited" } : {}),
          });
          if (options.env !== undefined)
            await writeEnvironmentFolder(options.env, await environment(emulator), session);
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

async function environment(emulator: DfnsEmulator): Promise<EnvironmentFolder> {
  const { url, caPem, authToken, orgId, credId, credentialKeyFile } = emulator;
  return {
    files: {
      "ca.pem": caPem,
      token: `${authToken}\n`,
      "credential.pem": await readFile(credentialKeyFile, "utf8"),
    },
    fileVariables: {
      KEYRAIL_DFNS_CA_FILE: "ca.pem",
      KEYRAIL_DFNS_AUTH_TOKEN_FILE: "token",
      KEYRAIL_DFNS_CREDENTIAL_KEY_FILE: "credential.pem",
    },
    variables: {
      DFNS: `dfns://${new URL(url).host}`,
      KEYRAIL_DFNS_CRED_ID: credId,
      KEYRAIL_DFNS_ORG_ID: orgId,
    },
  };
}

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
