/**
 * Documentation that is checked like code. In every committed Markdown page:
 * - a `ts` block is type checked as a module of its own; `ts continued` adds to the block before it; `ts run` is also
 *   run; `ts fragment` is neither (an excerpt that cannot stand alone);
 * - a `json` block parses; an `npm` command of a `sh` block names a script of package.json; a link to a file finds one.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { root, run } from "../process.ts";
import { type CodeBlock, codeBlocks, fileLinks } from "./markdown.ts";

/** A module made of a page's blocks; `runs` when one of them is to be run. */
interface Module {
  file: string;
  text: string;
  runs: boolean;
}

/** Below the repository, so that imports resolve as in it; git ignores it. */
const modulesFolder = path.join(root, ".keyrail/docs");

const tsconfig = {
  extends: "../../tsconfig.json",
  compilerOptions: { declaration: false, isolatedDeclarations: false },
  include: ["*.ts"],
};

const packageScripts = z.object({ scripts: z.record(z.string(), z.string()) });

/** `docs/guide.md`, line 12 -> `docs-guide.md-12.ts`, so that a compiler error says where the block stands. */
function moduleFile(page: string, line: number): string {
  return path.join(modulesFolder, `${page.replaceAll("/", "-")}-${line}.ts`);
}

function modulesOf(page: string, blocks: readonly CodeBlock[]): Module[] {
  const modules: Module[] = [];
  for (const { language, flags, text, line } of blocks) {
    if (!["ts", "typescript"].includes(language) || flags.includes("fragment")) continue;
    const last = modules.at(-1);
    const runs = flags.includes("run");
    if (flags.includes("continued") && last !== undefined) {
      last.text += `${text}\n`;
      last.runs ||= runs;
    } else {
      modules.push({ file: moduleFile(page, line), text: `export {};\n${text}\n`, runs });
    }
  }
  return modules;
}

function checkJson(page: string, { text, line }: CodeBlock): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${page}:${line}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function checkShell(page: string, { text, line }: CodeBlock, scripts: Readonly<Record<string, string>>): string[] {
  return [...text.matchAll(/^\s*npm (?:run ([\w:-]+)|(start|test)\b)/gm)].flatMap(([command, named, short]) =>
    (named ?? short ?? "") in scripts ? [] : [`${page}:${line}: "${command.trim()}" is no script of package.json`],
  );
}

/** Runs a module; what it printed when it failed. */
async function runModule({ file }: Module): Promise<string[]> {
  const { code, output } = await run("node", ["--conditions=keyrail-source", file], { env: { NO_COLOR: "1" } });
  return code === 0 ? [] : [`${path.relative(root, file)} failed:\n${output.trim()}`];
}

async function checkModules(modules: readonly Module[]): Promise<string[]> {
  rmSync(modulesFolder, { recursive: true, force: true });
  if (modules.length === 0) return [];
  mkdirSync(modulesFolder, { recursive: true });
  writeFileSync(path.join(modulesFolder, "tsconfig.json"), JSON.stringify(tsconfig));
  for (const { file, text } of modules) writeFileSync(file, text);
  const compiled = await run("tsc", ["-p", modulesFolder]);
  if (compiled.code !== 0) return [compiled.output.trim()];
  const problems: string[] = [];
  for (const module of modules) if (module.runs) problems.push(...(await runModule(module)));
  return problems;
}

/** The problems of every committed Markdown page, and how much was looked at. */
export async function checkDocs(): Promise<{ problems: string[]; pages: number; modules: number }> {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]);
  const pages = stdout.split("\n").filter((page) => page !== "" && existsSync(path.join(root, page)));
  const { scripts } = packageScripts.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  const problems: string[] = [];
  const modules: Module[] = [];
  for (const page of pages) {
    const markdown = readFileSync(path.join(root, page), "utf8");
    const blocks = codeBlocks(markdown);
    modules.push(...modulesOf(page, blocks));
    for (const block of blocks) {
      if (block.language === "json") problems.push(...checkJson(page, block));
      if (["sh", "bash", "shell", "console"].includes(block.language))
        problems.push(...checkShell(page, block, scripts));
    }
    for (const { target, line } of fileLinks(markdown)) {
      const file = path.join(root, path.dirname(page), decodeURIComponent(target));
      if (!existsSync(file)) problems.push(`${page}:${line}: the link to ${target} leads nowhere`);
    }
  }
  problems.push(...(await checkModules(modules)));
  return { problems, pages: pages.length, modules: modules.length };
}
