/** Errors: only `KeyrailError`, the right code, and a text that is safe to print. */

import { isKeyrailError, type KeyrailError, type Ports } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import { expectPresent, expectRejection, expectThat } from "../expect.ts";
import { port } from "../needs.ts";
import { ALGORITHMS_OF } from "../reference/algorithms.ts";
import { NO_SUCH_KEY, useKey } from "../refusal/attempt.ts";
import { keyMaker, someKey } from "./any-key.ts";

const common = { group: "errors", makesKeys: false } as const;

/** One declared operation of each port, called with a key that is not there. */
const USING = [
  ["signer", "sign"],
  ["verifier", "verify"],
  ["agreement", "agree"],
  ["mac", "mac"],
  ["cipher", "encrypt"],
  ["keyWrap", "wrap"],
  ["kem", "encapsulate"],
  ["keyExport", "export"],
  ["deterministicDerivation", "derive-output"],
] as const satisfies readonly (readonly [keyof Ports, string])[];

function unknownKey(name: (typeof USING)[number][0], asked: (typeof USING)[number][1]): Check {
  return {
    ...common,
    id: `errors.unknown-key.${asked}`,
    title: `${asked} with a key that is not there`,
    requirement: "Errors: `KeyNotFound` when there is no such key, by id and by URI.",
    needs: [port(name)],
    async run(context) {
      const row = context.capabilities.rows(asked)[0];
      const keyType = expectPresent(row?.keyTypes[0], "a port without a declared operation");
      const algorithm = row?.algorithms?.find((candidate) => ALGORITHMS_OF[asked].includes(candidate));
      const input = row?.inputs?.[0];
      const descriptor = {
        operation: asked,
        keyType,
        ...(algorithm === undefined ? {} : { algorithm }),
        ...(input === undefined ? {} : { input }),
        ...(row?.formats?.[0] === undefined ? {} : { format: row.formats[0] }),
        ...(algorithm === "Ed25519ctx" ? { parameters: ["context" as const] } : {}),
        sizes: { digest: row?.limits?.digest?.minimum ?? 32 },
      };
      for (const key of [NO_SUCH_KEY, `${context.provider.uri}/${NO_SUCH_KEY}`]) {
        const call = expectPresent(useKey(context, descriptor, keyType, key), "the port can't be called");
        await expectRejection("KeyNotFound", `${asked} with the key ${key}`, call);
      }
    },
  };
}

const unknownPublic: Check = {
  ...common,
  id: "errors.unknown-key.get-public",
  title: "getPublic of a key that is not there",
  requirement: "Errors: `KeyNotFound` when there is no such key, by id and by URI.",
  needs: [],
  async run({ provider }) {
    for (const key of [NO_SUCH_KEY, `${provider.uri}/${NO_SUCH_KEY}`]) {
      await expectRejection("KeyNotFound", `getPublic of ${key}`, () => provider.keys.getPublic(key));
    }
  },
};

const foreign: Check = {
  ...common,
  id: "errors.foreign-key",
  title: "A key URI of another provider or store names no key here",
  requirement:
    "Key URIs: a key of another provider or of another store is not looked up here by its id: `KeyNotFound`.",
  needs: [someKey],
  makesKeys: true,
  async run(context) {
    const { provider } = context;
    const made = await keyMaker(context).make(provider, { label: context.newLabel() });
    const uris = [`other://example.test/${made.id}`, `${provider.name}:/another/store/${made.id}`];
    for (const key of uris) {
      await expectRejection(["KeyNotFound", "InvalidRequest"], `getPublic of ${key}`, () =>
        provider.keys.getPublic(key),
      );
    }
  },
};

/** Requests that the types forbid, as an untyped caller may send them. */
const MALFORMED: readonly (readonly [string, unknown])[] = [
  ["no request at all", undefined],
  ["a number as request", 7],
  ["a request without members", {}],
  ["an unknown key type", { keyType: "RSA-1024", usages: ["sign"], label: "x" }],
  ["no usages", { keyType: "P-256", usages: [], label: "x" }],
  ["an unknown usage", { keyType: "P-256", usages: ["everything"], label: "x" }],
  ["a label that is no text", { keyType: "P-256", usages: ["sign"], label: 7 }],
  ["a misspelt member", { keyType: "P-256", usages: ["sign"], label: "x", extractible: true }],
];

const malformed: Check = {
  ...common,
  id: "errors.malformed-request",
  title: "Malformed requests are refused as such, and send nothing",
  requirement:
    "Errors: `InvalidRequest` for a request that is malformed, unknown members included; refused before any network call.",
  needs: [],
  makesKeys: true,
  async run(context) {
    const before = context.harness.wireRequests?.();
    for (const [what, request] of MALFORMED) {
      // The one place where the types are left behind on purpose: callers in JavaScript have none.
      const create: unknown = Reflect.get(context.provider.keys, "create");
      expectThat(typeof create === "function", "`create` is not a function");
      await expectRejection("InvalidRequest", `create with ${what}`, async () =>
        Reflect.apply(create, undefined, [request]),
      );
    }
    const wrongOptions: readonly (readonly [string, object])[] = [
      ["a timeout of -1", { timeout: -1 }],
      ["an idempotency key of 65 characters", { idempotencyKey: "x".repeat(65) }],
      ["an idempotency key with a line break", { idempotencyKey: "a\nb" }],
    ];
    const maker = keyMaker(context);
    for (const [what, options] of wrongOptions) {
      await expectRejection("InvalidRequest", `create with ${what}`, () =>
        maker.make(context.provider, { label: context.newLabel() }, options),
      );
    }
    expectThat(before === context.harness.wireRequests?.(), "a malformed request was sent to the back end");
  },
};

/** Provokes errors of several kinds and hands each over. */
async function provoke(context: CheckContext, see: (error: unknown) => void): Promise<void> {
  const { provider } = context;
  const attempts: (() => Promise<unknown>)[] = [
    () => provider.keys.getPublic(NO_SUCH_KEY),
    () => provider.keys.getPublic(`${provider.uri}/\u0007${NO_SUCH_KEY}`),
    () => provider.keys.getPublic("x".repeat(5000)),
    () => provider.keys.getPublic(""),
    () => keyMaker(context).make(provider, { label: "x".repeat(provider.capabilities.label.maximumBytes + 1) }),
    () => keyMaker(context).make(provider, { label: "line\nbreak" }),
  ];
  const { catalog } = provider;
  if (catalog !== undefined) {
    attempts.push(
      () => catalog.get(NO_SUCH_KEY),
      () => catalog.remove(NO_SUCH_KEY),
      () => catalog.rename({ key: NO_SUCH_KEY, label: context.newLabel() }),
    );
  }
  for (const call of attempts) {
    try {
      await call();
    } catch (error) {
      see(error);
    }
  }
}

const onlyKeyrailErrors: Check = {
  ...common,
  id: "errors.only-keyrail-errors",
  title: "Nothing but KeyrailErrors comes out",
  requirement:
    "Errors: every failure that leaves a port is a `KeyrailError` with a code; a defect of the adapter is `Internal`.",
  needs: [],
  makesKeys: true,
  async run(context) {
    const wrong: string[] = [];
    await provoke(context, (error) => {
      if (!isKeyrailError(error)) wrong.push(error instanceof Error ? error.message : typeof error);
    });
    expectThat(wrong.length === 0, wrong.join("; "));
  },
};

const printable: Check = {
  ...common,
  id: "errors.printable",
  title: "Errors can be logged as they are",
  requirement:
    "KeyrailError: a message without control characters and of bounded length, a context that is plain JSON data, a known retry advice.",
  needs: [],
  makesKeys: true,
  async run(context) {
    const errors: KeyrailError[] = [];
    await provoke(context, (error) => {
      if (isKeyrailError(error)) errors.push(error);
    });
    expectThat(errors.length > 0, "no error could be provoked");
    for (const error of errors) expectLoggable(error);
  },
};

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function expectLoggable(error: KeyrailError): void {
  const { code, message, retry } = error;
  expectThat(message.length > 0 && message.length <= 600, `the message of ${code} has ${message.length} characters`);
  expectThat(!CONTROL.test(message), `the message of ${code} has control characters`);
  const advice = typeof retry === "string" ? ["never", "safe", "unknown-outcome"].includes(retry) : retry.after >= 0;
  expectThat(advice, `the retry advice of ${code} is unknown`);
  const again: unknown = JSON.parse(JSON.stringify(error));
  const plain = typeof again === "object" && again !== null && "code" in again && again.code === code;
  expectThat(plain, `${code} is not plain data as JSON`);
}

const refusalText: Check = {
  ...common,
  id: "errors.refusal-text",
  title: "A refusal says why, and names the operation",
  requirement:
    "Capability model: the text of a refusal is the text of `explain`, with the reason; its context names provider and operation.",
  needs: [],
  async run(context) {
    const { provider } = context;
    const refused: { readonly error: KeyrailError; readonly reason: string }[] = [];
    for (const keyType of ["stark", "Ed448", "ML-DSA-87", "AES-192", "P-521"] as const) {
      const answer = provider.explain({ operation: "create", keyType });
      if (answer.supported) continue;
      const error = await expectRejection("UnsupportedCapability", `create ${keyType}`, () =>
        provider.keys.create({
          keyType,
          usages: [keyType === "AES-192" ? "encrypt" : "sign"],
          label: context.newLabel(),
        }),
      );
      refused.push({ error, reason: answer.reason });
    }
    for (const { error, reason } of refused) {
      expectThat(
        error.message.startsWith(reason),
        `the text "${error.message}" is not the reason of explain, "${reason}"`,
      );
      if (!isKeyrailError(error, "UnsupportedCapability")) continue;
      expectThat(error.context.provider === provider.name, "the context does not name the provider");
      expectThat(error.context.operation === "create", "the context does not name the operation");
    }
  },
};

/** The checks of errors. */
export const ERROR_CHECKS: readonly Check[] = [
  unknownPublic,
  ...USING.map(([name, asked]) => unknownKey(name, asked)),
  foreign,
  malformed,
  onlyKeyrailErrors,
  printable,
  refusalText,
];
