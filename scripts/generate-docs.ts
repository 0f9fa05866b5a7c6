/**
 * Writes the pages of `docs` that are made of the code. `--check` writes nothing: it names the pages that are old and
 * ends with 1. To add a page, give it a line in {@link pages}; it is left out of the formatter in `.oxfmtrc.json`.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { renderCheckList } from "@keyrail/conformance-tests";
import { renderCapabilities, renderErrorGuide } from "@keyrail/core";
import { dfnsCapabilities } from "@keyrail/dfns";
import { encedoCapabilities } from "@keyrail/encedo";
import { SOFTWARE_CAPABILITIES } from "@keyrail/software";
import { renderCommandReference } from "keyrail";
import { renderKeyTypes } from "./docs/key-types.ts";
import { root } from "./process.ts";

const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/cli.md": renderCommandReference,
  "docs/errors.md": () => renderErrorGuide().trimEnd().concat("\n"),
  "docs/key-types.md": renderKeyTypes,
  "docs/capabilities/software.md": () => renderCapabilities(SOFTWARE_CAPABILITIES),
  "docs/capabilities/encedo.md": () => renderCapabilities(encedoCapabilities),
  "docs/capabilities/dfns.md": () =>
    renderCapabilities(dfnsCapabilities({ exportContract: true, inFlight: 32, requestsPerMinute: 1000 })),
  "docs/conformance-checks.md": renderCheckList,
};

/** The content of a page as it is in the repository, or `undefined` where it is not. */
async function committed(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const old: string[] = [];
for (const [page, render] of Object.entries(pages)) {
  const file = path.join(root, page);
  const content = await render();
  if ((await committed(file)) === content) continue;
  old.push(page);
  if (values.check) continue;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
if (values.check && old.length > 0) {
  console.error(`Not what the code says: ${old.join(", ")}. "npm run docs" writes them.`);
  process.exitCode = 1;
} else if (old.length > 0) {
  console.error(`Written: ${old.join(", ")}`);
}
