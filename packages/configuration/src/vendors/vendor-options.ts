/** The options of a vendor: out of the configuration, completed by the environment, checked. */

import { resolve } from "node:path";
import { KeyrailError } from "@keyrail/core";
import type * as z from "zod/mini";
import type { OpenRequest } from "./vendor.ts";

/**
 * The checked options.
 *
 * @param title the provider, for texts.
 * @param variables the environment variable that stands for an option the configuration leaves out. A variable whose
 *   option ends in `File` names a file, from the working directory on.
 * @throws KeyrailError `InvalidConfiguration` that names the option and never its value.
 */
export function vendorOptions<Shape extends z.core.$ZodShape>(
  request: OpenRequest,
  title: string,
  schema: z.ZodMiniObject<Shape, z.core.$strict>,
  variables: Readonly<Record<string, string>> = {},
): z.infer<z.ZodMiniObject<Shape, z.core.$strict>> {
  const given: Record<string, unknown> = { ...request.options };
  for (const [name, variable] of Object.entries(variables)) {
    const value = request.environment[variable];
    if (value !== undefined && value !== "") given[name] ??= name.endsWith("File") ? resolve(value) : value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new KeyrailError(
    "InvalidConfiguration",
    `The options of the ${title} provider are not valid${path === "" ? "" : ` at "${path}"`}; it knows ${Object.keys(schema.shape).join(", ")}.`,
    path === "" ? {} : { path },
  );
}
