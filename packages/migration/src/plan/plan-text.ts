/** The one JSON text of a plan's header and of a key: what stands in the file, and what the digest is over. */

import { KeyrailError } from "@keyrail/core";
import type { z } from "zod";
import { planSchemas } from "./plan-schema.ts";
import type { PlanHeader, PlannedKey } from "./plan.ts";

/** The text of a header. */
export function headerText(header: PlanHeader): string {
  return textOf(planSchemas.header, header);
}

/** The text of a key. */
export function keyText(key: PlannedKey): string {
  return textOf(planSchemas.key, key);
}

/**
 * Members stand in the order of the schema, however the value came to be: a plan that went through a journal has the text, and
 * with it the digest, of the file it came from.
 */
function textOf<Value>(schema: z.ZodType<Value>, value: Value): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) return JSON.stringify(parsed.data);
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new KeyrailError("InvalidRequest", `This is no part of a plan: its "${path}" is wrong.`, { path });
}
