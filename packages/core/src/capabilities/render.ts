/** Tables for people, made of the declaration and nothing else. */

import { KEY_TYPES, type KeyType, type Operation, OPERATIONS } from "../vocabulary.ts";
import type { CapabilityDeclaration, CapabilityRow, Evidence, LimitName, RequestCosts } from "./declaration.ts";

/** One cell of the overview: what a provider does for a key type and an operation. */
export interface CapabilityCell {
  readonly keyType: KeyType;
  readonly operation: Operation;
  readonly rows: readonly CapabilityRow[];
}

/** Every key type x operation the declaration has rows for, in the order of the vocabulary. */
export function capabilityCells(declaration: CapabilityDeclaration): CapabilityCell[] {
  const cells: CapabilityCell[] = [];
  for (const keyType of KEY_TYPES) {
    for (const operation of OPERATIONS) {
      const rows = declaration.rows.filter((row) => row.operation === operation && row.keyTypes.includes(keyType));
      if (rows.length > 0) cells.push({ keyType, operation, rows });
    }
  }
  return cells;
}

/** The documentation page of a provider's capabilities: overview matrix, details, refusals, as Markdown. */
export function renderCapabilities(declaration: CapabilityDeclaration): string {
  return [
    `# Capabilities of ${declaration.title}`,
    "",
    "Generated from the capability declaration; do not edit by hand.",
    "",
    ...facts(declaration),
    "",
    "## Overview",
    "",
    ...overview(declaration),
    "",
    "A dot: not offered. `o` observed, `d` documented, `a` assumed: the evidence behind the weakest row of the cell.",
    "",
    "## Details",
    "",
    ...details(declaration),
    "",
    ...refusals(declaration),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function facts(declaration: CapabilityDeclaration): string[] {
  const { label, description, catalog, pace } = declaration;
  const text = (limit: { minimumBytes: number; maximumBytes: number; charset: string }): string =>
    `${limit.minimumBytes} to ${limit.maximumBytes} bytes, ${limit.charset}`;
  return table(
    ["fact", "value"],
    [
      ["URI scheme", `\`${declaration.provider}\``],
      ["custody", declaration.custody],
      ["label", text(label)],
      ["description", description === undefined ? "none kept" : text(description)],
      ["idempotency keys", declaration.idempotency],
      ["requests in flight", pace?.inFlight === undefined ? "not limited" : String(pace.inFlight)],
      ["requests per minute", pace?.requestsPerMinute === undefined ? "not limited" : String(pace.requestsPerMinute)],
      ["requests of a call", pace?.requests === undefined ? "none" : requestText(pace.requests)],
      ["catalog", catalog === undefined ? "none" : catalogText(catalog)],
    ],
  );
}

function requestText({ each, operations = {}, firstUse }: RequestCosts): string {
  const others = Object.entries(operations).map(([operation, requests]) => `${operation} ${requests}`);
  const first = firstUse === undefined ? [] : [`${firstUse} more at the first use of a key`];
  return [String(each), ...others, ...first].join(", ");
}

function catalogText(catalog: NonNullable<CapabilityDeclaration["catalog"]>): string {
  const parts = [catalog.get ? "get" : "", catalog.list ? "list" : ""];
  if (catalog.search.length > 0) parts.push(`search by ${catalog.search.join(" and ")}`);
  if (catalog.rename.length > 0) parts.push(`change ${catalog.rename.join(" and ")}`);
  if (catalog.remove !== undefined) parts.push(`remove (${catalog.remove})`);
  return parts.filter((part) => part !== "").join(", ");
}

function overview(declaration: CapabilityDeclaration): string[] {
  const used = OPERATIONS.filter((operation) => declaration.rows.some((row) => row.operation === operation));
  const rows = KEY_TYPES.map((keyType) => [
    keyType,
    ...used.map((operation) => {
      const tiers = declaration.rows
        .filter((row) => row.operation === operation && row.keyTypes.includes(keyType))
        .map((row) => row.evidence.tier);
      return tiers.length === 0 ? "·" : weakest(tiers).charAt(0);
    }),
  ]);
  return table(["key type", ...used], rows);
}

function weakest(tiers: readonly Evidence["tier"][]): Evidence["tier"] {
  return tiers.includes("assumed") ? "assumed" : tiers.includes("documented") ? "documented" : "observed";
}

function details(declaration: CapabilityDeclaration): string[] {
  return table(
    ["operation", "key types", "algorithms", "limits and conditions", "evidence"],
    declaration.rows.map((row) => [
      row.operation,
      row.keyTypes.join(", "),
      [row.algorithms?.join(", ") ?? "", row.inputs === undefined ? "" : `(${row.inputs.join(" or ")})`]
        .filter((part) => part !== "")
        .join(" "),
      rowText(row),
      `${row.evidence.tier}: ${row.evidence.reference}`,
    ]),
  );
}

function rowText(row: CapabilityRow): string {
  const parts: string[] = [];
  if (row.usages !== undefined) parts.push(`usages ${row.usages.map((set) => set.join("+")).join(" or ")}`);
  if (row.keyAlgorithms !== undefined)
    parts.push(`restricted to ${row.keyAlgorithms.map((set) => set.join("+")).join(" or ")}`);
  if (row.defaultKeyAlgorithms !== undefined)
    parts.push(`without a restriction it is for ${row.defaultKeyAlgorithms.join("+")}`);
  for (const what of row.always ?? [])
    parts.push(what === "usages" ? "a key always has all of these usages" : "a key is always extractable");
  if (row.unique === true) parts.push("a public key it holds already is refused");
  if (row.privateFormats !== undefined) parts.push(`as ${row.privateFormats.join(" or ")}`);
  if (row.hierarchical !== undefined) parts.push(`master key for ${row.hierarchical.join(", ")}`);
  if (row.extractable === true && row.always?.includes("extractable") !== true) parts.push("extractable by choice");
  if (row.targets !== undefined) parts.push(`into ${row.targets.join(", ")}`);
  if (row.formats !== undefined) parts.push(`encodings ${row.formats.join(", ")}`);
  if (row.parameters !== undefined && row.parameters.length > 0) parts.push(`takes ${row.parameters.join(", ")}`);
  if (row.halves !== undefined) parts.push(`needs the ${row.halves.join(" or ")} half`);
  const limits = row.limits ?? {};
  let name: LimitName;
  for (name in limits) {
    const range = limits[name];
    if (range === undefined) continue;
    parts.push(
      `${name} ${range.minimum === range.maximum ? range.minimum : `${range.minimum} to ${range.maximum}`} bytes`,
    );
  }
  for (const condition of row.conditions ?? []) parts.push(`${condition.kind}: ${condition.text}`);
  if (row.note !== undefined) parts.push(row.note);
  return parts.join("; ");
}

function refusals(declaration: CapabilityDeclaration): string[] {
  const own = declaration.refusals ?? [];
  if (own.length === 0) return [];
  return [
    "## What it can't do, and what to do instead",
    "",
    ...table(
      ["operation", "for", "why", "instead"],
      own.map((refusal) => [
        typeof refusal.operation === "string" ? refusal.operation : refusal.operation.join(", "),
        [refusal.keyTypes?.join(", "), refusal.algorithms?.join(", "), refusal.input].filter(Boolean).join("; "),
        refusal.reason,
        refusal.alternative,
      ]),
    ),
  ];
}

/** A Markdown table; pipes in cells are escaped. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
