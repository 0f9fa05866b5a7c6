import type { ResolutionContext } from "inversify";

/**
 * Options as they are, or a function that makes them of other bindings when they are first needed:
 * `async (context) => ({ uri, passphrase: (await context.getAsync(SECRETS)).hem })`.
 */
export type OptionsSource<Options extends object> =
  | Options
  | ((context: ResolutionContext) => Options | Promise<Options>);

/** The options out of their source. */
export async function optionsFrom<Options extends object>(
  source: OptionsSource<Options>,
  context: ResolutionContext,
): Promise<Options> {
  return typeof source === "function" ? source(context) : source;
}
