import { hostname } from "node:os";
import { KeyrailError, type Provider } from "@keyrail/core";
import type { Journal, LeaseOptions, Run } from "../journal/journal.ts";

/** What every stage of a run is given. */
export interface StageOptions {
  readonly journal: Journal;
  /** The run's id. */
  readonly run: string;
  /** The name in events, for people. Default: the host's name and the process's number. */
  readonly worker?: string;
  readonly signal?: AbortSignal;
  /** How long the items of a process that is gone are left alone. */
  readonly lease?: LeaseOptions;
}

/** The name in events. */
export function workerName({ worker }: StageOptions): string {
  return worker ?? `${hostname()} ${process.pid}`;
}

/** `OperationRefused` of a stage: nothing was changed. */
export function stageRefused(message: string, reason: string): KeyrailError<"OperationRefused"> {
  return new KeyrailError("OperationRefused", message, { provider: "migration", reason });
}

/** @throws KeyrailError `InvalidConfiguration` when these are not the providers of the run. */
export function checkRunEnds(run: Run, ends: { readonly source?: Provider; readonly target?: Provider }): void {
  for (const side of ["source", "target"] as const) {
    const given = ends[side];
    const planned = run.header[side].uri;
    if (given === undefined || given.uri === planned) continue;
    throw new KeyrailError(
      "InvalidConfiguration",
      `The run ${run.id} has the ${side} ${planned}, and ${given.uri} was given.`,
      { path: side },
    );
  }
}

/** @throws KeyrailError `Aborted` when the caller has had enough. */
export function throwIfStopped({ signal }: StageOptions, what: string): void {
  if (signal?.aborted !== true) return;
  throw new KeyrailError(
    "Aborted",
    `${what} was stopped; the same call goes on with it.`,
    {},
    { cause: signal.reason },
  );
}
