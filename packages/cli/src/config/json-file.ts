/** JSON with comments, and the line of every member. */

import { findNodeAtLocation, parse, parseTree, type ParseError, printParseErrorCode } from "jsonc-parser";

/** A JSON text that parsed. */
export interface JsonFile {
  readonly value: unknown;
  /** The line (from 1) of the member at a path, or of the nearest one above it. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** A JSON text that did not parse. */
export interface JsonFailure {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

const OPTIONS = { allowTrailingComma: true } as const;

/** Parses JSON; comments and trailing commas are allowed. */
export function parseJsonFile(text: string): JsonFile | JsonFailure {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, OPTIONS);
  const [error] = errors;
  if (error !== undefined) return { line: lineAt(text, error.offset), problem: inWords(error) };
  const tree = parseTree(text, [], OPTIONS);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const segments = path.slice(0, length).map((part) => (typeof part === "number" ? part : String(part)));
        const node = tree === undefined ? undefined : findNodeAtLocation(tree, segments);
        // The node is the value; its parent begins at the name.
        if (node !== undefined) return lineAt(text, (node.parent ?? node).offset);
      }
      return 1;
    },
  };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** `CommaExpected` -> `comma expected`. */
function inWords(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}
