/** The value of a JSON text, wrapped so that `null` is a value too; `undefined` when the text is not JSON. */
export function tryParseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
