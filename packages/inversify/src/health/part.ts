/** What the health check looks at: each module adds what it brings. */

import type { CallOptions, Health } from "@keyrail/core";
import type { ResolutionContext, ServiceIdentifier } from "inversify";
import { token } from "../tokens.ts";

/** One part of the container whose health is asked. */
export interface Part {
  readonly kind: "provider" | "registry";
  /** The name of the provider; `registry`. */
  readonly name: string;
  /** Opens the part when it is not open. */
  health(context: ResolutionContext, options: CallOptions): Promise<Health>;
}

/** Every {@link Part}. */
export const PARTS: ServiceIdentifier<Part> = token("part");
