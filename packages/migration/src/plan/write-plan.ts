import { randomBytes } from "node:crypto";
import { access, type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { KeyrailError } from "@keyrail/core";
import { fileProblem } from "./file-problem.ts";
import { PLAN_LAYOUT } from "./plan-lines.ts";
import { PlanTally } from "./plan-tally.ts";
import { headerText, keyText } from "./plan-text.ts";
import type { Plan, PlanSummary } from "./plan.ts";

/** How a plan is written. */
export interface WritePlanOptions {
  /** Put it in place of a file that exists. Default false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

/** Text gathered before it is written. */
const BATCH = 65_536;

/**
 * Writes a plan key by key as its keys come. The file is there whole or not at all: it is written beside its place, synced
 * and then renamed.
 *
 * @throws KeyrailError `InvalidRequest` when there is a file already and `overwrite` is not set; `StoreUnavailable`;
 *   `Aborted`; and what the plan's keys reject with.
 */
export async function writePlan(file: string, plan: Plan, options: WritePlanOptions = {}): Promise<PlanSummary> {
  const target = resolve(file);
  if (options.overwrite !== true && (await exists(target))) {
    throw new KeyrailError("InvalidRequest", `${file} exists already; name another file, or overwrite it.`, {
      path: "file",
    });
  }
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.new`);
  try {
    let summary: PlanSummary;
    {
      await using handle = await open(temporary, "wx");
      summary = await writeLines(handle, plan, options.signal);
      await handle.sync();
    }
    await rename(temporary, target);
    return summary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileProblem(error, file);
  }
}

async function writeLines(handle: FileHandle, plan: Plan, signal: AbortSignal | undefined): Promise<PlanSummary> {
  const { headerStart, headerEnd, keysStart, separator, keysEnd, summaryStart, summaryEnd } = PLAN_LAYOUT;
  const header = headerText(plan.header);
  const tally = new PlanTally(plan.header, header);
  let batch = `${headerStart}${header}${headerEnd}\n${keysStart}`;
  let end = "\n";
  for await (const key of plan.keys) {
    if (signal?.aborted === true) {
      throw new KeyrailError("Aborted", "Planning was aborted; no plan was written.", {}, { cause: signal.reason });
    }
    const text = keyText(key);
    tally.add(key, text);
    batch += `${end}${text}`;
    end = `${separator}\n`;
    if (batch.length < BATCH) continue;
    await handle.writeFile(batch);
    batch = "";
  }
  const summary = tally.end();
  await handle.writeFile(`${batch}\n${keysEnd}\n${summaryStart}${JSON.stringify(summary)}${summaryEnd}\n`);
  return summary;
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
