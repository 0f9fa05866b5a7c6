import { once } from "node:events";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { EncedoEmulator } from "@keyrail/emulator-encedo";
import type { Session } from "../../runtime/session.ts";
import { workProgress } from "../../runtime/work-progress.ts";
import type { CommandModule } from "../command-module.ts";
import { type EnvironmentFolder, writeEnvironmentFolder } from "./environment-folder.ts";
import { environmentOption, port } from "./options.ts";

/** `keyrail emulate encedo` */
export const emulateEncedo: CommandModule = {
  words: ["emulate", "encedo"],
  summary: "run an Encedo HEM on this machine, for tests and development",
  details: `It listens on 127.0.0.1 until Ctrl-C, over HTTPS and plain HTTP, with a device that is provisioned and empty; keys live in
memory, or in the state file. Its quirks and firmware defects are on, as on the hardware. --fleet fills it with the keys that
\`npm start\` migrates: every key type in every mode, public keys of others, odd names. --json prints one line when it is ready.`,
  examples: [
    { line: "keyrail emulate encedo", does: "on free ports" },
    {
      line: "keyrail emulate encedo --fleet --env hem",
      does: "with keys in it; `. hem/env` in another shell, then use it as $HEM",
    },
    { line: "keyrail emulate encedo --port 8443 --json", does: "one line of JSON when it is ready" },
  ],
  define(command, run) {
    command
      .option("--port <port>", "port of HTTPS (default: a free one)", port)
      .option("--http-port <port>", "port of plain HTTP (default: a free one)", port)
      .option("--state <file>", "keeps the device's state in this file")
      .option("--fleet", "fill it with keys")
      .option("--time-scale <factor>", "how long it waits: 1 as a device does (the default), 0 never", timeScale)
      .addOption(environmentOption())
      .action((options) =>
        run(async (session) => {
          const { startEncedoEmulator } = await import("@keyrail/emulator-encedo");
          await using emulator = await startEncedoEmulator({
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.httpPort === undefined ? {} : { httpPort: options.httpPort }),
            ...(options.timeScale === undefined ? {} : { timeScale: options.timeScale }),
            ...(options.state === undefined ? {} : { stateFile: options.state }),
          });
          if (options.fleet === true) await fill(emulator, session);
          if (options.env !== undefined) await writeEnvironmentFolder(options.env, environment(emulator), session);
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

/** Puts the demonstration's keys into the device. */
async function fill(emulator: EncedoEmulator, session: Session): Promise<void> {
  const [{ provisionFleet }, { openEncedoProvider }] = await Promise.all([
    import("../../demo/fleet/provision-fleet.ts"),
    import("@keyrail/encedo"),
  ]);
  const tls = { ca: emulator.caPem };
  await using provider = await openEncedoProvider({
    uri: providerUri(emulator),
    tls,
    checkin: { url: emulator.checkinUrl, tls },
    passphrase: () => new TextEncoder().encode(emulator.userPassphrase),
  });
  const progress = workProgress("keys", session);
  try {
    const { signal } = session;
    await provisionFleet(provider, emulator, { signal, onProgress: (done, total) => progress.show({ done, total }) });
  } finally {
    progress.end();
  }
}

function providerUri({ url }: Pick<EncedoEmulator, "url">): string {
  return `encedo://${new URL(url).host}`;
}

function environment(emulator: EncedoEmulator): EnvironmentFolder {
  const { caPem, checkinUrl, userPassphrase } = emulator;
  return {
    files: { "ca.pem": caPem, passphrase: `${userPassphrase}\n` },
    fileVariables: { KEYRAIL_ENCEDO_CA_FILE: "ca.pem", KEYRAIL_ENCEDO_PASSPHRASE_FILE: "passphrase" },
    variables: { HEM: providerUri(emulator), KEYRAIL_ENCEDO_CHECKIN_URL: checkinUrl },
  };
}

function timeScale(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1000))
    throw new InvalidArgumentError("It is a number, 0 to 1000.");
  return value;
}

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
