import type { KeyType, Operation } from "../vocabulary.ts";
import type { CapabilityDeclaration, CapabilityRow } from "./declaration.ts";

/** A declaration indexed for lookups: built once per provider, never per call. */
export interface CompiledCapabilities {
  readonly declaration: CapabilityDeclaration;
  /** Rows of one operation, in declaration order. */
  rows(operation: Operation): readonly CapabilityRow[];
  /** Rows of one operation on one key type, in declaration order. */
  rowsFor(operation: Operation, keyType: KeyType): readonly CapabilityRow[];
}

const NONE: readonly CapabilityRow[] = [];

/** Indexes a declaration. */
export function compileCapabilities(declaration: CapabilityDeclaration): CompiledCapabilities {
  const byOperation = new Map<Operation, CapabilityRow[]>();
  const byPair = new Map<Operation, Map<KeyType, CapabilityRow[]>>();
  for (const row of declaration.rows) {
    push(byOperation, row.operation, row);
    let byType = byPair.get(row.operation);
    if (byType === undefined) byPair.set(row.operation, (byType = new Map<KeyType, CapabilityRow[]>()));
    for (const keyType of row.keyTypes) push(byType, keyType, row);
  }
  return {
    declaration,
    rows: (operation) => byOperation.get(operation) ?? NONE,
    rowsFor: (operation, keyType) => byPair.get(operation)?.get(keyType) ?? NONE,
  };
}

function push<Key>(map: Map<Key, CapabilityRow[]>, key: Key, row: CapabilityRow): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [row]);
  else rows.push(row);
}
