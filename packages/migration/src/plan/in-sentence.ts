/** The title of a provider as it stands inside of a sentence: `the software provider`. */
export function inSentence(title: string): string {
  return title.replace(/^The /, "the ");
}
