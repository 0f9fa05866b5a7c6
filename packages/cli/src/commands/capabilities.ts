import {
  capabilityCells,
  type CapabilityDeclaration,
  KEY_TYPES,
  type KeyType,
  renderCapabilities,
} from "@keyrail/core";
import type { CommandResult } from "../runtime/result.ts";
import type { Session } from "../runtime/session.ts";
import { usageError } from "../runtime/usage-error.ts";
import { findCapabilities } from "../providers/find-capabilities.ts";
import { PROVIDER_SCHEMES, providerKind } from "../providers/registry.ts";
import { textTable } from "../runtime/text-table.ts";
import type { CommandModule } from "./command-module.ts";

/** `keyrail capabilities` */
export const capabilities: CommandModule = {
  words: ["capabilities"],
  summary: "show what a provider can do",
  details: `PROVIDER is a scheme (${PROVIDER_SCHEMES.join(", ")}), a provider URI or a name of the configuration file; without it the providers
are listed. No provider is opened. --json prints the capability declaration itself.`,
  examples: [
    { line: "keyrail capabilities", does: "the providers" },
    { line: "keyrail capabilities software", does: "key types, operations and algorithms of one" },
    {
      line: "keyrail capabilities software --markdown",
      does: "the whole page: limits, conditions, refusals, evidence",
    },
  ],
  define(command, run) {
    command
      .argument("[provider]", "scheme, provider URI or name")
      .option("--markdown", "print the documentation page")
      .action((provider, options) =>
        run(async (session) => {
          if (options.markdown === true && session.json) {
            throw usageError("--markdown and --json are two forms of the same; give one.", "--markdown");
          }
          if (provider === undefined) return providerList(session);
          const declaration = await findCapabilities(provider, session);
          if (options.markdown === true) return { document: declaration, text: renderCapabilities(declaration) };
          return { document: declaration, text: overview(declaration, session) };
        }),
      );
  },
};

async function providerList(session: Session): Promise<CommandResult> {
  const kinds = await Promise.all(PROVIDER_SCHEMES.map((scheme) => providerKind(scheme)));
  const rows = await Promise.all(
    kinds.map(async (kind) => {
      const { scheme, title, uriForm } = kind;
      const { custody } = await kind.capabilities();
      return { scheme, title, uriForm, custody };
    }),
  );
  return {
    document: rows,
    text: textTable(
      ["provider", "custody", "URI", "what it is"],
      rows.map(({ scheme, custody, uriForm, title }) => [scheme, custody, uriForm, title]),
      session,
    ),
  };
}

function overview(declaration: CapabilityDeclaration, session: Session): string {
  const cells = capabilityCells(declaration);
  const rows = KEY_TYPES.flatMap((keyType) => {
    const own = cells.filter((cell) => cell.keyType === keyType);
    if (own.length === 0) return [];
    return [[keyType, own.map(({ operation }) => operation).join(" "), algorithms(declaration, keyType).join(" ")]];
  });
  return [
    `${session.style("bold", declaration.title)} (custody: ${declaration.custody})`,
    textTable(["key type", "operations", "algorithms"], rows, session),
    session.style("dim", `Limits, conditions and evidence: keyrail capabilities ${declaration.provider} --markdown`),
  ].join("\n");
}

function algorithms(declaration: CapabilityDeclaration, keyType: KeyType): string[] {
  const names = declaration.rows
    .filter((row) => row.keyTypes.includes(keyType))
    .flatMap((row) => [...(row.algorithms ?? []), ...(row.hierarchical ?? [])]);
  return [...new Set<string>(names)];
}
