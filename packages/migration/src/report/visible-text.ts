/** Text of users and vendors, made safe to look at: what a page would hide or reorder is shown instead. */

/** Control characters, separators of lines, lone surrogates, and what Unicode says is not to be seen. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** The text with every unseen character named by its code point, as `⟨U+202E⟩`. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const point = character.codePointAt(0) ?? 0xfffd;
    return `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
