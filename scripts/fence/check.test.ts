import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "../process.ts";
import { workspacePackages } from "../workspace.ts";
import { checkFence } from "./check.ts";

/** A copy of the workspace's manifests, to plant one file in. */
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), "keyrail-fence-"));
  for (const folder of [".", ...workspacePackages(root).map((one) => one.folder)]) {
    mkdirSync(path.join(copy, folder, "src"), { recursive: true });
    cpSync(path.join(root, folder, "package.json"), path.join(copy, folder, "package.json"));
  }
});

afterEach(() => rmSync(copy, { recursive: true }));

/** What the fence says of the planted file. */
function planted(file: string, text: string): string[] {
  writeFileSync(path.join(copy, file), text);
  return checkFence(copy);
}

test("the workspace as it stands keeps the fence", () => {
  expect(checkFence(root)).toEqual([]);
});

describe("a planted breach is found, with its line", () => {
  const cases: [title: string, file: string, text: string, problem: RegExp][] = [
    [
      "core imports a package to its right",
      "packages/core/src/planted.ts",
      'import "@keyrail/crypto";',
      /may not import/,
    ],
    [
      "an adapter imports an emulator",
      "providers/dfns/src/planted.ts",
      'import "@keyrail/emulator-dfns";',
      /may not import/,
    ],
    [
      "an emulator imports an adapter",
      "packages/emulator-dfns/src/planted.ts",
      'import "@keyrail/dfns";',
      /may not import/,
    ],
    [
      "an emulator's test imports an adapter",
      "packages/emulator-dfns/src/planted.test.ts",
      'import "@keyrail/dfns";',
      /knows? no adapter/,
    ],
    [
      "an emulator imports the HTTP client",
      "packages/emulator-encedo/src/planted.ts",
      'import "@keyrail/http";',
      /may not import/,
    ],
    ["one provider imports another", "providers/dfns/src/planted.ts", 'import "@keyrail/encedo";', /may not import/],
    [
      "the suite imports a provider",
      "conformance-tests/src/planted.ts",
      'import "@keyrail/software";',
      /may not import/,
    ],
    [
      "a type-only import counts",
      "packages/http/src/planted.ts",
      'import type { A } from "@keyrail/crypto";',
      /may not import/,
    ],
    [
      "an import() type counts",
      "packages/http/src/planted.ts",
      'export type A = import("@keyrail/crypto").B;',
      /may not import/,
    ],
    ["a dynamic import counts", "packages/http/src/planted.ts", 'await import("@keyrail/crypto");', /may not import/],
    ["a require() counts", "packages/http/src/planted.ts", 'require("@keyrail/crypto");', /may not import/],
    ["a re-export counts", "packages/http/src/planted.ts", 'export * from "@keyrail/crypto";', /may not import/],
    [
      "a path into another package",
      "packages/crypto/src/planted.ts",
      'import "../../core/src/errors.ts";',
      /reaches into packages\/core/,
    ],
    [
      "a path out of the package",
      "packages/crypto/src/planted.ts",
      'import "../../../scripts/process.ts";',
      /reaches out of its package/,
    ],
    ["an undeclared dependency", "packages/core/src/planted.ts", 'import "undici";', /not in the dependencies/],
    ["a devDependency in sources", "packages/http/src/planted.ts", 'import "vitest";', /not in the dependencies/],
    [
      "a subpath that is not exported",
      "packages/crypto/src/planted.ts",
      'import "@keyrail/core/src/errors.ts";',
      /does not export/,
    ],
    [
      "core names a provider in code",
      "packages/core/src/planted.ts",
      'export const name = "encedo";',
      /core names a provider/,
    ],
    [
      "core names a provider in an identifier",
      "packages/core/src/planted.ts",
      "export const dfnsKey = 1;",
      /core names a provider/,
    ],
  ];

  test.for(cases)("%s", ([, file, text, problem]) => {
    const found = planted(file, `// a first line\n${text}\n`);
    expect(found.join("\n")).toMatch(problem);
    expect(found.join("\n")).toContain(`${file}:2: `);
  });
});

describe("what is allowed passes", () => {
  const cases: [title: string, file: string, text: string][] = [
    [
      "a fact sheet in a comment of core",
      "packages/core/src/planted.ts",
      "/** As dfns.md says. */\nexport const one = 1;",
    ],
    ["an adapter's test with its emulator", "providers/dfns/src/planted.test.ts", 'import "@keyrail/emulator-dfns";'],
    ["a provider on the foundation", "providers/dfns/src/planted.ts", 'import "@keyrail/http";\nimport "node:fs";'],
    ["a bundled devDependency of core", "packages/core/src/planted.ts", 'import "zod/mini";'],
  ];

  test.for(cases)("%s", ([, file, text]) => {
    expect(planted(file, text)).toEqual([]);
  });
});
