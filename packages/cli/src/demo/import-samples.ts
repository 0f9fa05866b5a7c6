/** The tour's first part: key files of other tools come in, and their public keys come out as their makers say. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type ImportRequest, type KeyRecord, type Provider, wipe } from "@keyrail/core";
import { readKeyFile } from "@keyrail/crypto";
import { defaultUsages } from "../keys/default-usages.ts";
import { wipeKey } from "../keys/read-key.ts";
import type { KeySample } from "./key-samples.ts";
import type { Narrator } from "./narrator.ts";

/** Imports one file as the command does, and gives its record. */
async function importSample(provider: Provider, sample: KeySample, signal: AbortSignal): Promise<KeyRecord> {
  const content = await readFile(sample.file);
  const password = sample.passwordFile === undefined ? undefined : await readFile(sample.passwordFile);
  const key = await readKeyFile(content, {
    ...(password === undefined ? {} : { password: password.subarray(0, -1) }),
    ...(sample.keyType === undefined ? {} : { keyType: sample.keyType }),
  });
  try {
    const label = basename(sample.file);
    let request: ImportRequest;
    if (key.kind === "private") {
      request = { kind: "private", privateKey: key.material, usages: defaultUsages(key.material.keyType), label };
    } else if (key.kind === "secret") {
      request = { kind: "secret", keyType: key.keyType, secret: key.bytes, usages: defaultUsages(key.keyType), label };
    } else {
      throw new Error(`${sample.file} holds no private key.`);
    }
    return await provider.keys.import(request, { signal });
  } finally {
    wipeKey(key);
    wipe(content, password);
  }
}

/** Imports every sample; each public key must be the one its maker gives. Returns the records. */
export async function importSamples(
  provider: Provider,
  samples: readonly KeySample[],
  narrator: Narrator,
  signal: AbortSignal,
): Promise<KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (const sample of samples) {
    narrator.progress.show(`importing ${basename(sample.file)}`);
    const record = await importSample(provider, sample, signal);
    records.push(record);
    const { publicKey } = record;
    const name = `${record.keyType.padEnd(13)} ${basename(sample.file).padEnd(32)} ${sample.maker.padEnd(18)}`;
    if (sample.spki === undefined || publicKey === undefined) {
      narrator.fact(`${name} secret, ${record.usages.join(", ")}`, record.half === "secret");
    } else {
      const spki = Buffer.from(publicKey.toSpki());
      const text = spki.toString("base64");
      const shown = text.length <= 60 ? text : `${text.slice(0, 59)}…`;
      narrator.fact(`${name} ${shown}`, spki.equals(sample.spki));
    }
  }
  return records;
}
