import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { ALGORITHMS, explain, type OperationDescriptor, KEY_TYPES, OPERATIONS, describeOperation } from "@keyrail/core";
import { findCapabilities } from "../providers/find-capabilities.ts";
import { EXIT } from "../runtime/exit-codes.ts";
import { usageError } from "../runtime/usage-error.ts";
import { choice, choices } from "./choice.ts";
import type { CommandModule } from "./command-module.ts";
import * as common from "./options.ts";

const PARAMETERS = [
  "lowS",
  "recoverable",
  "context",
  "merkleRoot",
  "additionalData",
  "iv",
  "salt",
  "info",
  "peerKey",
  "truncatedTag",
] as const;

/** `keyrail explain` */
export const explainOperation: CommandModule = {
  words: ["explain"],
  summary: "say whether a provider can do an operation, and if not, why and what comes nearest",
  details: `What is not given is not asked. No provider is opened and nothing is sent. Exit code 0: it can; ${EXIT.no}: it can't. --json prints
{"supported":true,"row":…} or {"supported":false,"reason":…,"nearest":…}.`,
  examples: [
    {
      line: "keyrail explain sign --provider software --key-type P-256 --algorithm ES256K",
      does: "a no, with the reason",
    },
    { line: "keyrail explain sign --provider software --key-type secp256k1 --input digest", does: "signing a digest" },
  ],
  define(command, run) {
    command
      .argument("<operation>", `one of ${OPERATIONS.join(", ")}`, choice(OPERATIONS))
      .option("--provider <provider>", "scheme, provider URI or name of the configuration file")
      .addOption(common.keyTypeOption())
      .addOption(new Option("--algorithm <name>", "the algorithm").argParser(choice(ALGORITHMS)))
      .addOption(new Option("--input <kind>", "message or digest").argParser(choice(["message", "digest"] as const)))
      .addOption(new Option("--format <format>", "ECDSA: p1363 or der").argParser(choice(["p1363", "der"] as const)))
      .addOption(
        new Option("--parameter <name>", `a member of the request: ${PARAMETERS.join(", ")}`).argParser(
          choices(PARAMETERS),
        ),
      )
      .addOption(common.usageOption())
      .addOption(common.restrictToOption())
      .addOption(common.hierarchicalOption())
      .option("--extractable", "the key is to be extractable")
      .addOption(
        new Option("--private-format <format>", "import:private: scalar, seed or expanded").argParser(
          choice(["scalar", "seed", "expanded"] as const),
        ),
      )
      .addOption(
        new Option("--half <half>", "the half of the key that is held: private, public or secret").argParser(
          choice(["private", "public", "secret"] as const),
        ),
      )
      .addOption(new Option("--target <type>", "derive:ecdh: the type of key to make").argParser(choice(KEY_TYPES)))
      .addOption(new Option("--message-bytes <count>", "length of the message").argParser(byteCount))
      .action((operation, options) =>
        run(async (session) => {
          const provider = options.provider ?? (await session.configuration()).provider;
          if (provider === undefined) throw usageError("Name the provider with --provider.", "--provider");
          const declaration = await findCapabilities(provider, session);
          const descriptor: OperationDescriptor = {
            operation,
            ...given("keyType", options.keyType),
            ...given("algorithm", options.algorithm),
            ...given("input", options.input),
            ...given("format", options.format),
            ...given("parameters", options.parameter),
            ...given("usages", options.usage),
            ...given("keyAlgorithms", options.restrictTo),
            ...given("hierarchical", options.hierarchical),
            ...given("extractable", options.extractable),
            ...given("privateFormat", options.privateFormat),
            ...given("half", options.half),
            ...given("target", options.target),
            ...(options.messageBytes === undefined ? {} : { sizes: { message: options.messageBytes } }),
          };
          const answer = explain(declaration, descriptor);
          if (answer.supported) {
            const text = `${session.style("green", "Yes.")} ${declaration.title} can ${describeOperation(descriptor)}.`;
            return { document: answer, text };
          }
          const nearest = answer.nearest === undefined ? "" : `\n${answer.nearest}`;
          return {
            document: answer,
            text: `${session.style("yellow", "No.")} ${answer.reason}${nearest}`,
            exitCode: EXIT.no,
          };
        }),
      );
  },
};

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  const members: { [Key in Name]?: Value } = {};
  if (value !== undefined) members[name] = value;
  return members;
}

function byteCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It is a number of bytes.");
  return Number(text);
}
