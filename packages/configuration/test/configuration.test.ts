/** What a configuration may say, and what is told of one that is wrong. */

import { describe, expect, it } from "vitest";
import { checkConfiguration } from "@keyrail/configuration";

describe("a configuration", () => {
  it.each([
    ["nothing at all", {}],
    [
      "everything",
      {
        provider: "cold",
        providers: {
          cold: { uri: "encedo://my.ence.do", passphraseFile: "hem.passphrase", options: { eid: "x" } },
          hot: "software:keys.sqlite",
        },
        passphraseFile: "passphrase",
        registry: "registry.sqlite",
        registryFile: "registry-uri",
        journal: "journal.sqlite",
        journalFile: "journal-uri",
      },
    ],
  ])("may say %s", (_title, value) => {
    expect(checkConfiguration(value)).toEqual({ valid: true, configuration: value });
  });

  it.each([
    ["a member nobody knows", { provder: "x" }, "provder", /there is no such member/],
    ["a type that is wrong", { provider: 7 }, "provider", /expected string/],
    ["a URI that is none", { providers: { main: "keys.sqlite" } }, "providers.main", /starts with a provider's name/],
    ["a URI that is none, in full", { providers: { main: { uri: "x" } } }, "providers.main.uri", /provider's name/],
    ["no URI", { providers: { main: {} } }, "providers.main.uri", /expected string/],
    [
      "a misspelt member of a provider",
      { providers: { main: { uri: "software:x", pass: "y" } } },
      "providers.main.pass",
      /no such member/,
    ],
    ["a name that is none", { providers: { "1": "software:x" } }, "providers.1", /starts with a letter/],
    ["an empty path", { passphraseFile: "" }, "passphraseFile", /path of a file/],
    ["an empty database", { registry: "" }, "registry", /postgres:/],
    ["no object", [], "", /expected object/],
  ])("may not say %s", (_title, value, path, message) => {
    const checked = checkConfiguration(value);
    if (checked.valid) throw new Error("It is valid.");
    expect(checked.problem.path.map(String).join(".")).toBe(path);
    expect(checked.problem.message).toMatch(message);
  });
});
