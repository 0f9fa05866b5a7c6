/** Runs steps two at a time, in their order, each after the steps it needs. */
import type { Step, StepResult } from "./step.ts";

/** A finished step. `skippedBecause` names the failed step it needed. */
export interface Finished {
  step: Step;
  result: StepResult;
  seconds: number;
  skippedBecause?: string;
}

const lanes = 2;

/** The named steps and all they need, in the order of `all`. Throws on a name that is none. */
export function select(all: readonly Step[], names: readonly string[]): Step[] {
  const known = new Map(all.map((step) => [step.name, step]));
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const step = known.get(name);
    if (step === undefined) {
      throw new RangeError(`There is no step "${name}". There are: ${[...known.keys()].join(", ")}.`);
    }
    wanted.add(name);
    for (const needed of step.needs ?? []) add(needed);
  };
  for (const name of names) add(name);
  return all.filter((step) => wanted.has(step.name));
}

async function runOne(step: Step, done: ReadonlyMap<string, Finished>): Promise<Finished> {
  const failed = (step.needs ?? []).find((name) => done.get(name)?.result.ok === false);
  if (failed !== undefined) {
    return { step, result: { ok: false, output: "" }, seconds: 0, skippedBecause: failed };
  }
  const started = performance.now();
  let result: StepResult;
  try {
    result = await step.run();
  } catch (error) {
    result = { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  return { step, result, seconds: (performance.now() - started) / 1000 };
}

/** Runs `steps` and calls `onFinished` as each ends. Resolves to all of them, in the order of `steps`. */
export async function runSteps(steps: readonly Step[], onFinished: (finished: Finished) => void): Promise<Finished[]> {
  const done = new Map<string, Finished>();
  const running = new Map<string, Promise<void>>();
  const waiting = [...steps];
  const isReady = (step: Step): boolean =>
    (step.needs ?? []).every((name) => done.has(name)) && (step.alone !== true || running.size === 0);
  while (waiting.length > 0 || running.size > 0) {
    const busyAlone = steps.some((step) => step.alone === true && running.has(step.name));
    const index = busyAlone || running.size >= lanes ? -1 : waiting.findIndex(isReady);
    const [step] = index < 0 ? [] : waiting.splice(index, 1);
    if (step === undefined) {
      await Promise.race(running.values());
      continue;
    }
    const task = runOne(step, done).then((finished) => {
      done.set(step.name, finished);
      running.delete(step.name);
      onFinished(finished);
    });
    running.set(step.name, task);
  }
  return steps.flatMap((step) => done.get(step.name) ?? []);
}
