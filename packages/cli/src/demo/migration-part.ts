/** The migration part of the tour: a fleet of keys moves from an emulated Encedo HEM to an emulated Dfns. */

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { startDfnsEmulator, type DfnsEmulator } from "@keyrail/emulator-dfns";
import { startEncedoEmulator, type EncedoEmulator } from "@keyrail/emulator-encedo";
import { openEncedoProvider } from "@keyrail/encedo";
import { openPlan } from "@keyrail/migration";
import { CommandStage } from "./command-stage.ts";
import { provisionFleet } from "./fleet/provision-fleet.ts";
import { isRight, type ServiceSignature, SigningService } from "./signing-service.ts";
import type { TourPlace } from "./tour-place.ts";

/** The emulated device waits a thousandth of the time a device does. */
const DEVICE_TIME_SCALE = 0.001;

/** What is left of the story when it is over. */
export interface MigrationSummary {
  readonly lines: readonly string[];
}

/** Tells the story, command by command; what the commands write stays in `story` of the kept folder. */
export async function showMigration(place: TourPlace): Promise<MigrationSummary> {
  const { narrator, kept, scratch, signal } = place;
  const folder = join(kept, "story");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await using hem = await startEncedoEmulator({ timeScale: DEVICE_TIME_SCALE });
  await using dfns = await startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });

  narrator.section("A hardware security module with the keys of a company");
  await fillDevice(hem, place);
  const config = join(folder, "keyrail.config.json");
  const settings = await configuration(hem, dfns, scratch);
  await writeFile(config, `${JSON.stringify(settings, undefined, 2)}\n`);
  const stage = new CommandStage(place, { KEYRAIL_CONFIG: config });
  const here = (name: string): string => relative(process.cwd(), join(folder, name));

  narrator.section("Adopt: the registry learns which keys there are, services name theirs");
  await stage.run("adopt", "--provider", "hem", "--tag", "legacy", "--with-aliases");
  signal.throwIfAborted();

  narrator.section("A service that signs under an alias: docs/examples/signing-service, a process of its own");
  await using service = await SigningService.start(place, settings, folder);
  const before = await callService(service, place);

  narrator.section("Plan: what will happen to each key, and why");
  await stage.run("migrate", "plan", "--from", "hem", "--to", "dfns", "--plan", here("plan.json"));

  narrator.section("Apply: a key at Dfns for each that can go, tied to its old one");
  await stage.run("migrate", "apply", "--plan", here("plan.json"));

  narrator.section("Verify, and cut over: the aliases change hands in one step");
  await stage.run("migrate", "verify");
  await stage.run("migrate", "cutover");

  narrator.section("The same service, which nobody touched");
  const after = await callService(service, place);
  narrator.fact(
    "the key is another, at another vendor; the caller did not notice",
    before.key.startsWith("encedo:") && after.key.startsWith("dfns:") && after.version === before.version + 1,
  );
  const old = await service.verify(ALIAS, MESSAGE, before.signature);
  narrator.fact(
    "and what the old key signed is still a signature of the alias",
    old.valid && old.version === before.version,
  );

  narrator.section("Evidence and report");
  await stage.run("migrate", "evidence", "--out", here("evidence"));
  const digest = createHash("sha256")
    .update(await readFile(join(folder, "evidence/manifest.jws")))
    .digest("base64url");
  await stage.run("evidence", "verify", here("evidence"), "--digest", `sha-256:${digest}`);
  await stage.run("migrate", "report", "--out", here("report.html"), "--evidence", here("evidence"));
  await stage.run("migrate", "status");
  const { summary } = await openPlan(join(folder, "plan.json"));
  const { import: imported, rotate, adopt, retain } = summary.strategies;
  const opened = relative(process.cwd(), join(folder, "report.html"));
  return {
    lines: [
      `${imported + rotate + adopt} keys moved from the device to Dfns, ${retain} stay; aliases changed hands under a running service.`,
      `The report is ${opened}: open it in a browser. Plan, journal and evidence are beside it:`,
      `  npm run keyrail -- migrate show ${here("plan.json")} --keys`,
      `  npm run keyrail -- evidence verify ${here("evidence")}`,
    ],
  };
}

const ALIAS = "orders/signing";
const MESSAGE = "ship 12 crates";

/** One call as a client makes it, checked by Node.js. */
async function callService(service: SigningService, { narrator }: TourPlace): Promise<ServiceSignature> {
  const answer = await service.sign(ALIAS, MESSAGE);
  narrator.say(`   POST ${service.url}/keys/${encodeURIComponent(ALIAS)}/sign`);
  narrator.say(`   200  version ${answer.version}, ${answer.key}`);
  narrator.fact(`${answer.signature.slice(0, 44)}… verifies, by Node.js`, isRight(MESSAGE, answer));
  return answer;
}

async function fillDevice(hem: EncedoEmulator, { narrator, signal }: TourPlace): Promise<void> {
  await using provider = await openEncedoProvider({
    uri: uriOf("encedo", hem.url),
    tls: { ca: hem.caPem },
    checkin: { url: hem.checkinUrl, tls: { ca: hem.caPem } },
    passphrase: () => new TextEncoder().encode(hem.userPassphrase),
  });
  const { records, pairings } = await provisionFleet(provider, hem, {
    signal,
    onProgress: (done, total, label) => narrator.progress.show(`   ${done} of ${total} keys: ${label}`),
  });
  const types = new Set(records.map(({ keyType }) => keyType)).size;
  const count = (wanted: (record: (typeof records)[number]) => boolean): number => records.filter(wanted).length;
  narrator.say(
    `   ${provider.uri} holds ${records.length} keys of ${types} types: ${count(({ origin }) => origin === "generated")} made in it, ` +
      `${count(({ origin }) => origin === "derived")} derived by agreement, ${count(({ half }) => half === "public")} public keys of partners; and ${pairings} paired phone`,
  );
}

/** The configuration file of the story; secrets are in files of the scratch folder. */
async function configuration(hem: EncedoEmulator, dfns: DfnsEmulator, scratch: string): Promise<object> {
  const secret = async (name: string, content: string): Promise<string> => {
    const file = join(scratch, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  };
  return {
    providers: {
      hem: {
        uri: uriOf("encedo", hem.url),
        passphraseFile: await secret("hem-passphrase", hem.userPassphrase),
        options: { caFile: await secret("hem-ca.pem", hem.caPem), checkinUrl: hem.checkinUrl },
      },
      dfns: {
        uri: uriOf("dfns", dfns.url),
        options: {
          authTokenFile: await secret("dfns-token", dfns.authToken),
          credId: dfns.credId,
          orgId: dfns.orgId,
          credentialKeyFile: await secret("dfns-credential.pem", await readFile(dfns.credentialKeyFile, "utf8")),
          caFile: await secret("dfns-ca.pem", dfns.caPem),
          // The emulator has no limit; the vendor's is 1,000.
          requestsPerMinute: 600_000,
        },
      },
    },
    registry: "registry.sqlite",
    journal: "journal.sqlite",
  };
}

function uriOf(scheme: string, url: string): string {
  return `${scheme}://${new URL(url).host}`;
}
