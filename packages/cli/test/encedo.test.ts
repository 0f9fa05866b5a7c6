/** `keyrail emulate encedo`, and the command against it. */

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { expect, it } from "vitest";
import { ended, NODE_ARGUMENTS, Workspace } from "./support/command.ts";

const readySchema = z.strictObject({
  kind: z.literal("encedo"),
  url: z.url(),
  httpUrl: z.url(),
  caFile: z.string(),
  userPassphrase: z.string(),
  masterPassphrase: z.string(),
  brokerUrl: z.url(),
  checkinUrl: z.url(),
  controlUrl: z.url(),
});

it("fills the device, and tells a shell where it is", async () => {
  using place = new Workspace();
  const emulator = place.start(["emulate", "encedo", "--json", "--fleet", "--time-scale", "0", "--env", "hem"]);
  const end = ended(emulator);
  const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
  await lines.next();
  try {
    const command = `. hem/env && exec "${process.execPath}" ${NODE_ARGUMENTS.map((word) => `"${word}"`).join(" ")} keys list --provider "$HEM"`;
    const { PATH = "", HOME = "" } = place.environment;
    const list = spawnSync("sh", ["-euc", command], { cwd: place.folder, env: { PATH, HOME }, encoding: "utf8" });
    expect({ status: list.status, stderr: list.stderr }).toEqual({ status: 0, stderr: "" });
    expect(list.stdout).toContain("orders/signing");
    expect(statSync(place.file("hem/passphrase")).mode & 0o077).toBe(0);
  } finally {
    emulator.kill("SIGTERM");
  }
  expect(await end).toMatchObject({ code: 143, stderr: "" });
});

it("prints one line of JSON, serves the other commands, and ends with the signal", async () => {
  using place = new Workspace();
  const emulator = place.start(["emulate", "encedo", "--json"]);
  const end = ended(emulator);
  const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
  const ready = readySchema.parse(JSON.parse(String((await lines.next()).value)));
  const env = {
    KEYRAIL_PASSPHRASE_FILE: place.write("passphrase-of-the-device", `${ready.userPassphrase}\n`),
    KEYRAIL_ENCEDO_CA_FILE: ready.caFile,
    KEYRAIL_ENCEDO_CHECKIN_URL: ready.checkinUrl,
  };
  const provider = `encedo://${new URL(ready.url).host}`;
  try {
    const created = await place.run(
      ["keys", "create", "--provider", provider, "--key-type", "P-256", "--label", "cli", "--json"],
      { env },
    );
    expect(created).toMatchObject({ code: 0, stderr: "" });
    const { uri } = z.looseObject({ uri: z.string() }).parse(JSON.parse(created.stdout));
    expect(uri).toMatch(new RegExp(`^${provider}/[0-9a-f]{32}$`));
    place.write("message", "a message");
    const files = ["--in", place.file("message"), "--out", place.file("signature")];
    expect((await place.run(["keys", "sign", uri, "--algorithm", "ES256", ...files], { env })).code).toBe(0);
    const check = ["--in", place.file("message"), "--signature", place.file("signature")];
    expect((await place.run(["keys", "verify", uri, "--algorithm", "ES256", ...check], { env })).code).toBe(0);
    const digest = await place.run(["keys", "sign", uri, "--algorithm", "ES256", "--digest", ...files], { env });
    expect(digest.code).toBe(4);
    expect(digest.stderr).toContain("message");
    const untrusted = await place.run(["keys", "list", "--provider", provider], {
      env: { ...env, KEYRAIL_ENCEDO_CA_FILE: "" },
    });
    expect(untrusted.code).toBe(7);
  } finally {
    emulator.kill("SIGTERM");
  }
  const { code, stderr } = await end;
  expect({ code, stderr }).toEqual({ code: 143, stderr: "" });
});
