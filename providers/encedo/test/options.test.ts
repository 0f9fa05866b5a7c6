/** Wrong options: one sentence that names the option, before anything is opened or sent, and never a secret. */

import { type EncedoProviderOptions, openEncedoProvider } from "@keyrail/encedo";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { rejection, utf8 } from "./device.ts";

/** Opens with options as untyped JavaScript callers give them. */
function open(options: unknown): Promise<unknown> {
  return Promise.resolve().then(() => openEncedoProvider(options as EncedoProviderOptions));
}

const right = { uri: "encedo://127.0.0.1:9", passphrase: () => utf8("sekret") };

it.each<[string, unknown]>([
  ["options", undefined],
  ["options", null],
  ["uri", { ...right, uri: "https://127.0.0.1" }],
  ["uri", { ...right, uri: "encedo://127.0.0.1/path" }],
  ["uri", { ...right, uri: "encedo://user:sekret@127.0.0.1" }],
  ["uri", { ...right, uri: "" }],
  ["uri", { ...right, uri: undefined }],
  ["passphrase", { ...right, passphrase: "sekret" }],
  ["passphrase", { ...right, passphrase: new Uint8Array() }],
  ["passphrase", { uri: right.uri }],
  ["tls.certificateHash", { ...right, tls: { certificateHash: new Uint8Array(31) } }],
  ["tls.ca", { ...right, tls: { ca: "no certificate" } }],
  ["tls.rejectUnauthorized", { ...right, tls: { rejectUnauthorized: false } }],
  ["tokenLifetime", { ...right, tokenLifetime: 1 }],
  ["passphrse", { ...right, passphrse: "sekret" }],
])("a wrong %s", async (path, options) => {
  const error = await rejection(open(options));
  expect(error).toMatchObject({ code: "InvalidConfiguration", context: { path } });
  expect(error.message).toMatch(/^[^\n]+\.$/);
  expect(inspect(error)).not.toContain("sekret");
});
