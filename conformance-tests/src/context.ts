/** What a check is given when it runs. */

import type { CompiledCapabilities, Provider } from "@keyrail/core";
import type { HarnessInstance } from "./harness.ts";
import type { Bounds } from "./options.ts";
import type { Fixtures } from "./runner/fixtures.ts";
import type { SecretWatch } from "./secrets/secret-watch.ts";

/** One check's view of the run. */
export interface CheckContext {
  /** The provider, watched: keys it makes are removed later, its errors are searched for secrets. */
  readonly provider: Provider;
  /** The provider as the harness gave it, unwatched. Only for looking at it, never for making keys. */
  readonly bare: Provider;
  readonly capabilities: CompiledCapabilities;
  readonly fixtures: Fixtures;
  readonly secrets: SecretWatch;
  readonly bounds: Bounds;
  readonly harness: HarnessInstance;
  /** Aborted when the run is. */
  readonly signal: AbortSignal;
  /** A fresh label that carries the run's prefix, within the declared limits. */
  newLabel(): string;
  /** A watched view of another provider on the same keys (after a reopen). */
  watch(provider: Provider): Provider;
  /** Makes this provider the one that later checks and the clean-up use (after a reopen). */
  adopt(provider: Provider): void;
}
