import { expect, test } from "vitest";
import { codeBlocks, fileLinks } from "./markdown.ts";

test("blocks come with language, flags, text and line", () => {
  const page = "# Title\n\n```ts run\nconst a = 1;\n```\n\ntext\n\n```\nplain\n```\n";
  expect(codeBlocks(page)).toEqual([
    { language: "ts", flags: ["run"], text: "const a = 1;", line: 4 },
    { language: "", flags: [], text: "plain", line: 10 },
  ]);
});

test("a longer fence holds a shorter one, and a list's indentation is taken off", () => {
  expect(codeBlocks("````md\n```ts\nx\n```\n````\n")).toEqual([
    { language: "md", flags: [], text: "```ts\nx\n```", line: 2 },
  ]);
  expect(codeBlocks("- item\n\n  ```ts\n  if (a) {\n    b();\n  }\n  ```\n")[0]?.text).toBe("if (a) {\n  b();\n}");
});

test("links to files are found; web addresses, anchors and code are not", () => {
  const page = "[a](docs/a.md#part) [b](https://example.org) [c](#here)\n```\n[d](d.md)\n```\n[e](../e.ts)\n";
  expect(fileLinks(page)).toEqual([
    { target: "docs/a.md", line: 1 },
    { target: "../e.ts", line: 5 },
  ]);
});
