/** Reads what the checks need out of Markdown: fenced code blocks and links to files. */

/** A fenced block: its language, the words after it, its text, and the line of its first line (from 1). */
export interface CodeBlock {
  language: string;
  flags: readonly string[];
  text: string;
  line: number;
}

/** A link to something that is not on the web. */
export interface FileLink {
  target: string;
  line: number;
}

/** The fenced blocks of a page, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open:
    | { fence: string; indent: number; language: string; flags: string[]; lines: string[]; line: number }
    | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const match = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line);
    if (open === undefined) {
      if (match === null) continue;
      const [language = "", ...flags] = (match[3] ?? "").trim().split(/\s+/);
      open = { fence: match[2] ?? "", indent: (match[1] ?? "").length, language, flags, lines: [], line: index + 2 };
    } else if (match !== null && match[2]?.startsWith(open.fence) && match[3]?.trim() === "") {
      const { language, flags, lines, line: first } = open;
      blocks.push({ language, flags, text: lines.join("\n"), line: first });
      open = undefined;
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  return blocks;
}

/** The links of a page to files, without their `#` part; none from code blocks. */
export function fileLinks(markdown: string): FileLink[] {
  const links: FileLink[] = [];
  let fenced = false;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (/^\s*(`{3,}|~{3,})/.test(line)) fenced = !fenced;
    if (fenced) continue;
    for (const [, url = ""] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      const target = url.replace(/#.*$/, "");
      if (target !== "" && !/^[a-z][a-z+.-]*:/i.test(target)) links.push({ target, line: index + 1 });
    }
  }
  return links;
}
