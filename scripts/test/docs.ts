/** The documentation as steps of `npm test`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { checkDocs } from "../docs/check.ts";
import { root, run } from "../process.ts";
import type { Step } from "./step.ts";

export const docsCode: Step = {
  name: "docs-code",
  title: "code blocks of the documentation compile and run, its links lead somewhere",
  run: async () => {
    const { problems, pages, modules } = await checkDocs();
    return { ok: problems.length === 0, output: problems.join("\n"), note: `${modules} modules, ${pages} pages` };
  },
};

const generator = path.join(root, "scripts/generate-docs.ts");

export const docsGenerated: Step = {
  name: "docs-pages",
  title: "generated documentation is up to date",
  run: async () => {
    if (!existsSync(generator)) return { ok: true, output: "", note: "nothing is generated yet" };
    const { code, output } = await run("node", ["--conditions=keyrail-source", generator, "--check"]);
    return { ok: code === 0, output };
  },
};
