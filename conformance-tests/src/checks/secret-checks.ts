/** Secrets stay inside: not in errors, not in records, not in what the provider shows of itself, not in the output. */

import { isKeyrailError } from "@keyrail/core";
import { usualAttributes } from "../attributes.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectThat } from "../expect.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  privateMaterial,
} from "../reference/key-material.ts";
import { flipped, randomBytes } from "../reference/random.ts";
import { RawProviderError } from "../outcome.ts";
import { isWrap } from "../refusal/algorithm-kinds.ts";
import { keyMaker, someKey } from "./any-key.ts";

const common = { group: "secrets" } as const;

/** Fails when a known secret was seen at a place of this kind. */
function expectNoLeak(context: CheckContext, isHere: (place: string) => boolean, what: string): void {
  const leak = context.secrets.leaks().find(({ place }) => isHere(place));
  expectThat(leak === undefined, `${leak?.secret ?? ""} is seen in ${leak?.place ?? ""}: ${what}`);
}

/** Makes calls that carry secrets and must fail; only what their errors say matters here. */
async function provoke(context: CheckContext): Promise<void> {
  const { provider, capabilities } = context;
  const tooLong = "x".repeat(capabilities.declaration.label.maximumBytes + 1);
  const calls: (() => Promise<unknown>)[] = [];
  for (const row of capabilities.rows("import:private")) {
    const keyType = row.keyTypes.find(isAsymmetric);
    if (keyType === undefined) continue;
    const privateKey = privateMaterial(generateKeyPair(keyType), row.privateFormats);
    context.secrets.knowPrivateKey(`a ${keyType} private key`, privateKey);
    const usual = usualAttributes(capabilities, keyType, row);
    const request = { kind: "private", privateKey, ...usual, label: context.newLabel() } as const;
    calls.push(
      () => provider.keys.import({ ...request, label: tooLong }),
      () => provider.keys.import({ ...request, usages: [] }),
      () => provider.keys.import({ ...request, usages: ["mac", "sign", "wrap"] }),
      () => provider.keys.import({ ...request, privateKey: { ...privateKey, bytes: privateKey.bytes.subarray(1) } }),
      () =>
        provider.keys.import({
          ...request,
          privateKey: { ...privateKey, keyType: keyType === "P-384" ? "P-521" : "P-384" },
        }),
      () => provider.keys.import(request, { signal: AbortSignal.abort() }),
    );
  }
  for (const row of capabilities.rows("import:secret")) {
    const keyType = row.keyTypes.find(isSymmetric);
    if (keyType === undefined) continue;
    const secret = generateSecret(keyType, 32);
    context.secrets.know(`a ${keyType} secret`, secret);
    const usual = usualAttributes(capabilities, keyType, row);
    const request = { kind: "secret", keyType, secret, ...usual, label: context.newLabel() } as const;
    calls.push(
      () => provider.keys.import({ ...request, label: tooLong }),
      () => provider.keys.import({ ...request, usages: ["sign"] }),
      () => provider.keys.import({ ...request, secret: new Uint8Array([...secret, ...randomBytes(2000)]) }),
      () => provider.keys.import(request, { signal: AbortSignal.abort() }),
    );
  }
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      if (!isKeyrailError(error) && !(error instanceof RawProviderError)) throw error;
    }
  }
  await provokeUnwrap(context);
}

/** Imports known secrets, so that there is something to be seen even when nothing else has run. */
async function importSome(context: CheckContext): Promise<void> {
  const { provider, capabilities } = context;
  for (const row of capabilities.rows("import:private").slice(0, 1)) {
    const keyType = row.keyTypes.find(isAsymmetric);
    if (keyType === undefined) continue;
    const privateKey = privateMaterial(generateKeyPair(keyType), row.privateFormats);
    context.secrets.knowPrivateKey(`a ${keyType} private key`, privateKey);
    const usual = usualAttributes(capabilities, keyType, row);
    await provider.keys.import({ kind: "private", privateKey, ...usual, label: context.newLabel() });
  }
  for (const row of capabilities.rows("import:secret").slice(0, 1)) {
    const keyType = row.keyTypes.find(isSymmetric);
    if (keyType === undefined) continue;
    const secret = generateSecret(keyType, 32);
    context.secrets.know(`a ${keyType} secret`, secret);
    const usual = usualAttributes(capabilities, keyType, row);
    await provider.keys.import({ kind: "secret", keyType, secret, ...usual, label: context.newLabel() });
  }
}

/** A wrapped key that was changed: the error must not carry what the unwrapping saw. */
async function provokeUnwrap(context: CheckContext): Promise<void> {
  const { keyWrap } = context.provider;
  const row = context.capabilities.rows("wrap")[0];
  const algorithm = row?.algorithms?.[0];
  const keyType = row?.keyTypes[0];
  if (keyWrap === undefined || keyType === undefined || !isWrap(algorithm)) return;
  const { key } = await context.fixtures.get(context.provider, { keyType, usages: ["wrap"], algorithms: [algorithm] });
  const plaintext = randomBytes(32);
  context.secrets.know("key bytes that were wrapped", plaintext);
  const wrapped = await keyWrap.wrap({ key, algorithm, plaintext: plaintext.slice() });
  try {
    await keyWrap.unwrap({ key, algorithm, wrapped: flipped(wrapped) });
  } catch (error) {
    if (!isKeyrailError(error) && !(error instanceof RawProviderError)) throw error;
  }
}

/** The checks of secrets; they come last, when the whole run has been watched. */
export const SECRET_CHECKS: readonly Check[] = [
  {
    ...common,
    id: "secrets.errors",
    title: "No secret in any error of the run",
    requirement:
      "Errors: text, context and cause are safe to log: never key material, in no encoding. Looked for in every error of the whole run.",
    needs: [],
    makesKeys: true,
    async run(context) {
      await provoke(context);
      expectNoLeak(context, (place) => place.startsWith("an error of"), "an error is logged");
    },
  },
  {
    ...common,
    id: "secrets.records",
    title: "No secret in any record of the run",
    requirement: "KeyRecord: plain data; never a secret. Looked for in every record of the whole run.",
    needs: [someKey],
    makesKeys: true,
    async run(context) {
      await keyMaker(context).make(context.provider, { label: context.newLabel() });
      await importSome(context);
      expectNoLeak(context, (place) => place.startsWith("the record of"), "records are plain data for logs and lists");
    },
  },
  {
    ...common,
    id: "secrets.inspection",
    title: "No secret in what the provider shows of itself",
    requirement: "Secrets: never in util.inspect or JSON of a provider, its ports or its declaration.",
    needs: [],
    makesKeys: true,
    async run(context) {
      await importSome(context);
      context.secrets.inspect("the inspection of the provider", context.bare);
      for (const [name, member] of Object.entries(context.bare)) {
        context.secrets.inspect(`the inspection of the provider's ${name}`, member);
      }
      expectNoLeak(context, (place) => place.startsWith("the inspection of"), "a provider may be logged by accident");
    },
  },
  {
    ...common,
    id: "secrets.output",
    title: "No secret in console, output streams or process warnings",
    requirement: "Secrets: never in a log. Looked for in everything the process printed during the run.",
    needs: [],
    makesKeys: true,
    async run(context) {
      await importSome(context);
      const places = ["console", "stdout", "stderr", "a process warning"];
      // Warnings are emitted in the next turn.
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      expectNoLeak(context, (place) => places.some((name) => place.startsWith(name)), "it was printed");
    },
  },
];
