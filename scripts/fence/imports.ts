/** What each TypeScript file of the workspace imports. */
import { globSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** One import of a file: what stands between the quotes, and its line. */
export interface Import {
  specifier: string;
  line: number;
}

/** `@scope/name` or `name` of an import specifier such as `@scope/name/sub/path`. */
export function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The TypeScript files of `folder`, relative to the repository. */
export function typeScriptFiles(root: string, folder: string): string[] {
  return globSync(path.join(folder, "**/*.ts"), {
    cwd: root,
    exclude: (name) => name === "node_modules" || name === "dist" || /\/(node_modules|dist)(\/|$)/.test(name),
  }).toSorted();
}

/** True for a file that is no part of the published package. */
export function isTest(file: string): boolean {
  return /\.(test|bench|config)\.ts$/.test(file) || /(^|\/)(test|bench)\//.test(file);
}

/** The file's text with every comment made blank, lines kept. */
export function withoutComments(file: string, text: string): string {
  let code = text;
  for (const { start, end } of parseSync(file, text).comments) {
    code = code.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, " ") + code.slice(end);
  }
  return code;
}

/** Every static, type-only, dynamic, re-exporting and required import of a file whose specifier is a literal. */
export function importsOf(file: string, text: string): Import[] {
  const { program } = parseSync(file, text);
  const imports: Import[] = [];
  const add = (node: { source: { start: number; value?: unknown } | null }): void => {
    if (typeof node.source?.value !== "string") return;
    const line = text.slice(0, node.source.start).split("\n").length;
    imports.push({ specifier: node.source.value, line });
  };
  new Visitor({
    ImportDeclaration: add,
    ExportNamedDeclaration: add,
    ExportAllDeclaration: add,
    ImportExpression: (node) => add({ source: node.source.type === "Literal" ? node.source : null }),
    TSImportType: add,
    CallExpression: ({ callee, arguments: [argument] }) => {
      const isRequire = callee.type === "Identifier" && callee.name === "require";
      if (isRequire && argument?.type === "Literal") add({ source: argument });
    },
  }).visit(program);
  return imports;
}
