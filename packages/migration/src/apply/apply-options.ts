/** What `applyRun` takes and gives. */

import type { Provider } from "@keyrail/core";
import type { ItemCounts, Journal, LeaseOptions } from "../journal/journal.ts";
import type { ApprovalPace } from "./approval-poller.ts";
import type { ApplyProgress } from "./progress.ts";
import type { RetryPolicy } from "./retry.ts";
import type { ItemSteps } from "./steps.ts";

/** What every worker of a run is given. */
export interface WorkOptions {
  readonly journal: Journal;
  /** The run's id. */
  readonly run: string;
  readonly source: Provider;
  readonly target: Provider;
  /** The name in events, for people: a host's, say. Default: the host's name and the process's number. */
  readonly worker?: string;
  /** Aborted to stop cleanly: what is under way is finished and recorded, and the call resolves. */
  readonly signal?: AbortSignal;
  /** Called once when the work is to stop before its end, by the signal, by another process or by an error. */
  readonly onStopping?: () => void;
  readonly retry?: Partial<RetryPolicy>;
  readonly lease?: LeaseOptions;
  /**
   * Steps in flight at once; default: the sum of what both ends declare, 128 for an end that declares nothing. Less than
   * the default leaves the slower end idle at times.
   */
  readonly inFlight?: number;
  /** How many keys may fail alike at a step that none has passed before the run stops; default 10. */
  readonly firstFailures?: number;
  /** For tests and measurements: what is done instead of `proveKey` and `verifyKey`. */
  readonly steps?: ItemSteps;
}

/** What {@link applyRun} is given. */
export interface ApplyOptions extends WorkOptions {
  /** Called at most so often as `progressInterval` says, and once at the end. */
  readonly onProgress?: (progress: ApplyProgress) => void;
  /** Milliseconds; default 500. */
  readonly progressInterval?: number;
  /** Go on until every approval is decided; otherwise the run ends when only waiting keys are left. Default false. */
  readonly waitForApprovals?: boolean;
  readonly approvals?: Partial<ApprovalPace>;
  /** Whether keys that failed before are tried again. Default true. */
  readonly retryFailed?: boolean;
}

/** How a call of {@link applyRun} ended. */
export interface ApplyResult {
  /**
   * `applied`: no key is left to do but failed ones and those that wait for an approval, which `counts` tells. `paused`,
   * `cancelled`: the run was stopped, here or by another process. `left`: this worker of several was stopped by its
   * signal; the run goes on without it.
   */
  readonly outcome: "applied" | "paused" | "cancelled" | "left";
  readonly counts: ItemCounts;
}
