/** `keyrail emulate dfns`, and the command against it. */

import { createInterface } from "node:readline";
import { z } from "zod";
import { expect, it } from "vitest";
import { ended, Workspace } from "./support/command.ts";

const readySchema = z.strictObject({
  kind: z.literal("dfns"),
  url: z.url(),
  caFile: z.string(),
  authToken: z.string(),
  orgId: z.string(),
  credId: z.string(),
  credentialKeyFile: z.string(),
  controlUrl: z.url(),
});

it("prints one line of JSON, serves the other commands, and ends with the signal", async () => {
  using place = new Workspace();
  const emulator = place.start(["emulate", "dfns", "--json"]);
  const end = ended(emulator);
  const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
  const ready = readySchema.parse(JSON.parse(String((await lines.next()).value)));
  const env = {
    KEYRAIL_DFNS_AUTH_TOKEN_FILE: place.write("token", `${ready.authToken}\n`),
    KEYRAIL_DFNS_CRED_ID: ready.credId,
    KEYRAIL_DFNS_CREDENTIAL_KEY_FILE: ready.credentialKeyFile,
    KEYRAIL_DFNS_ORG_ID: ready.orgId,
    KEYRAIL_DFNS_CA_FILE: ready.caFile,
  };
  const provider = `dfns://${new URL(ready.url).host}`;
  try {
    const created = await place.run(
      ["keys", "create", "--provider", provider, "--key-type", "Ed25519", "--label", "cli", "--json"],
      { env },
    );
    expect(created).toMatchObject({ code: 0, stderr: "" });
    const { uri } = z.looseObject({ uri: z.string() }).parse(JSON.parse(created.stdout));
    expect(uri).toContain(`${provider}/key-`);
    place.write("message", "a message");
    const signed = await place.run(
      ["keys", "sign", uri, "--algorithm", "Ed25519", "--in", place.file("message"), "--out", place.file("signature")],
      { env },
    );
    expect(signed.code).toBe(0);
    expect(place.files).toContain("signature");
    const without = await place.run(["keys", "list", "--provider", provider], {
      env: { ...env, KEYRAIL_DFNS_CRED_ID: "" },
    });
    expect(without.code).not.toBe(0);
    expect(without.stderr).toContain("KEYRAIL_DFNS_CRED_ID");
  } finally {
    emulator.kill("SIGTERM");
  }
  const { code, stderr } = await end;
  expect({ code, stderr }).toEqual({ code: 143, stderr: "" });
});
