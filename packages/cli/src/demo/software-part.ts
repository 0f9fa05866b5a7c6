/** The first part of the tour: real key files come in, are used and checked through the ports of the software provider. */

import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import { formatProviderUri, isKeyrailError, type KeyRecord, type Provider } from "@keyrail/core";
import type { Harness } from "@keyrail/conformance-tests";
import type { OpenRequest } from "../providers/provider-kind.ts";
import { softwareKind } from "../providers/software.ts";
import { importSamples } from "./import-samples.ts";
import { makeKeySamples, opensslVersion, sharedKeySamples, sharedKeysFolder } from "./key-samples.ts";
import type { Narrator } from "./narrator.ts";
import type { TourPlace } from "./tour-place.ts";
import { agreeAndDerive, deriveChildren, seeRefusals, signAndVerify, useSecrets } from "./use-keys.ts";

/** A software store of the tour's own, as the conformance suite wants it. */
export function softwareSuite({ root, scratch }: TourPlace): Harness {
  const passphrase = randomBytes(16).toString("base64url");
  return softwareKind.harness(storeRequest(join(scratch, "suite.sqlite"), passphrase, root));
}

/** Shows what keys do; gives the number of key files that were imported. */
export async function showSoftwareKeys(place: TourPlace): Promise<number> {
  const { narrator, signal, scratch, root } = place;
  const path = join(scratch, "keys.sqlite");
  const passphrase = randomBytes(16).toString("base64url");
  const open = (secret: string): Promise<Provider> => softwareKind.open(storeRequest(path, secret, root));

  narrator.section("A key store");
  let provider = await open(passphrase);
  try {
    narrator.say(`   ${provider.uri}: one SQLite file, every key sealed under a passphrase made for this run`);
    const records = await importAll(provider, place);
    const step = async (title: string, work: () => Promise<void>): Promise<void> => {
      signal.throwIfAborted();
      narrator.section(title);
      await work();
    };
    await step("Public keys of one key, in every encoding", async () => showPublicKey(records, narrator));
    await step("Sign and verify", () => signAndVerify({ provider, records, narrator, signal }));
    await step("Agree, and derive a stored key", () => agreeAndDerive({ provider, records, narrator, signal }));
    await step("Hierarchical derivation", () => deriveChildren({ provider, records, narrator, signal }));
    await step("Encapsulate, authenticate, encrypt, wrap", () => useSecrets({ provider, records, narrator, signal }));
    await step("What is refused", () => seeRefusals({ provider, records, narrator, signal }));
    await step("Closed and opened again", async () => {
      const before = await count(provider, signal);
      await provider.close();
      const wrong = await open("wrong").catch((error: unknown) => error);
      narrator.fact("a wrong passphrase does not open the store", isKeyrailError(wrong, "WrongPassphrase"));
      provider = await open(passphrase);
      narrator.fact(`the right one does, and all ${before} keys are there`, (await count(provider, signal)) === before);
    });
    return records.length;
  } finally {
    await provider.close();
  }
}

/** A request to open a store of the tour's own. */
function storeRequest(path: string, passphrase: string, folder: string): OpenRequest {
  const uri = { provider: softwareKind.scheme, network: false, store: path };
  return {
    uri,
    text: formatProviderUri(uri),
    folder,
    create: true,
    options: {},
    secret: async () => new TextEncoder().encode(passphrase),
  };
}

async function importAll(provider: Provider, { scratch, root, narrator, signal }: TourPlace): Promise<KeyRecord[]> {
  const openssl = await opensslVersion();
  narrator.section(
    `Key files made just now by ${openssl ?? "Node.js alone: there is no openssl command"}${openssl === undefined ? "" : " and Node.js"}`,
  );
  const records = await importSamples(provider, await makeKeySamples(scratch, openssl), narrator, signal);
  const shared = sharedKeysFolder(root);
  if (shared === undefined) return records;
  narrator.section(`Key files of other people's tools, in ${relative(root, shared)}`);
  return [...records, ...(await importSamples(provider, await sharedKeySamples(shared, scratch), narrator, signal))];
}

function showPublicKey(records: readonly KeyRecord[], narrator: Narrator): void {
  const publicKey = records.find(({ keyType }) => keyType === "P-256")?.publicKey;
  if (publicKey === undefined) throw new Error("A P-256 key was imported.");
  const lines = [
    ...publicKey.toPem().trimEnd().split("\n"),
    JSON.stringify(publicKey.toJwk()),
    `raw         ${Buffer.from(publicKey.toRaw()).toString("hex")}`,
    `compressed  ${Buffer.from(publicKey.toCompressed()).toString("hex")}`,
    `thumbprint  ${publicKey.thumbprint()}`,
  ];
  for (const line of lines) narrator.say(`   ${line}`);
}

async function count(provider: Provider, signal: AbortSignal): Promise<number> {
  let keys = 0;
  for await (const record of provider.catalog?.list({ signal }) ?? []) keys += record.id === "" ? 0 : 1;
  return keys;
}
