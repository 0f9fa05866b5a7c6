/** One cell of a Markdown table: no line breaks, no cell borders, no markup of its own. */
export function cellText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\|<>*_[\]]/g, (character) => `\\${character}`)
    .trim();
}

/** One line of a Markdown table. Code spans are left as they are. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => (cell.startsWith("`") ? cell : cellText(cell))).join(" | ")} |`;
}
