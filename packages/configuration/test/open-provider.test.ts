/** A provider is opened by the words of a configuration; each mistake is named, its value never. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openProvider, type OpenProviderRequest } from "@keyrail/configuration";

const SECRET = "correct horse battery staple";
const folder = mkdtempSync(path.join(tmpdir(), "keyrail-configuration-"));
const request = (uri: string, more: Partial<OpenProviderRequest> = {}): OpenProviderRequest => ({
  uri,
  folder,
  environment: {},
  secret: async () => new TextEncoder().encode(SECRET),
  ...more,
});

describe("a provider of a configuration", () => {
  it("is a store in a file, below the folder, asked for its passphrase once and told when it is new", async () => {
    const questions: (boolean | undefined)[] = [];
    const secret: OpenProviderRequest["secret"] = async ({ confirm }) => {
      questions.push(confirm);
      return new TextEncoder().encode(SECRET);
    };
    for (const isNew of [true, false]) {
      await using provider = await openProvider(
        request("software:keys.sqlite", { secret, options: { cacheBytes: 0 } }),
      );
      expect(provider.uri).toBe(`software:${folder}/keys.sqlite`);
      expect(questions.splice(0)).toEqual([isNew]);
    }
  });

  it("is not made where that is not wanted", async () => {
    await expect(openProvider(request("software:none.sqlite", { create: false }))).rejects.toMatchObject({
      code: "StoreUnavailable",
    });
  });

  it("takes what the environment says where the options say nothing", async () => {
    writeFileSync(path.join(folder, "broken.pem"), "no certificate");
    const environment = { KEYRAIL_ENCEDO_EID: "", KEYRAIL_ENCEDO_CERTIFICATE_HASH: "not hexadecimal" };
    await expect(openProvider(request("encedo://hem.test", { environment }))).rejects.toMatchObject({
      code: "InvalidConfiguration",
      context: { path: "certificateHash" },
    });
    await using provider = await openProvider(
      request("encedo://hem.test", { environment, options: { certificateHash: "00".repeat(32) } }),
    );
    expect(provider.uri).toBe("encedo://hem.test");
  });

  it.each([
    ["another scheme", "vault://host", {}, "InvalidRequest", /no provider "vault"; there are dfns, encedo, software/],
    ["no URI", "keys", {}, "InvalidRequest", /starts with a provider's name/],
    ["an option nobody knows", "software:x", { passphrase: SECRET }, "InvalidConfiguration", /it knows cacheBytes/],
    ["a wrong option", "encedo://h", { tokenLifetime: SECRET }, "InvalidConfiguration", /at "tokenLifetime"/],
    ["no credential", "dfns://h", {}, "InvalidConfiguration", /set KEYRAIL_DFNS_CRED_ID, or "credId"/],
    ["no credential key", "dfns://h", { credId: "cr" }, "InvalidConfiguration", /KEYRAIL_DFNS_CREDENTIAL_KEY_FILE/],
    [
      "no such file",
      "dfns://h",
      { credId: "cr", credentialKeyFile: "none.pem" },
      "InvalidConfiguration",
      /none\.pem, which should hold the API credential's/,
    ],
    [
      "no such authorities",
      "encedo://h",
      { caFile: "none.pem" },
      "InvalidConfiguration",
      /none\.pem, which should hold certificate/,
    ],
  ])("with %s is refused, and says so", async (_title, uri, options, code, message) => {
    const error: unknown = await openProvider(request(uri, { options })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });
});
