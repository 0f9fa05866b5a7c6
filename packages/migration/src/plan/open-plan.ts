import { open } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { KeyrailError } from "@keyrail/core";
import type { z } from "zod";
import { fileProblem } from "./file-problem.ts";
import { type FileLine, linesOf, PLAN_LAYOUT } from "./plan-lines.ts";
import { planSchemas } from "./plan-schema.ts";
import { PlanTally } from "./plan-tally.ts";
import { type Plan, PLAN_VERSION, type PlanHeader, type PlannedKey, type PlanSummary } from "./plan.ts";

/** A plan in a file that was found whole. */
export interface PlanFile extends Plan {
  /** As it was given. */
  readonly file: string;
  readonly summary: PlanSummary;
  /**
   * Reads the file anew each time it is iterated, one line at a time; rejects with `IntegrityFailed` at the end when the
   * file is no longer what it was when it was opened.
   */
  readonly keys: AsyncIterable<PlannedKey>;
  /** The keys with the byte offsets of their lines, for {@link PlanFile.keyAt}. */
  readonly lines: AsyncIterable<{ readonly key: PlannedKey; readonly offset: number }>;
  /** The key whose line begins there. */
  keyAt(offset: number): Promise<PlannedKey>;
}

/**
 * Opens a plan file: reads all of it once, checks every line against its schema and the digest and the sums at its end.
 *
 * @throws KeyrailError `StoreUnavailable` when it can't be read or is of a newer format; `IntegrityFailed` when it is
 *   damaged, truncated, edited or no plan.
 */
export async function openPlan(file: string, signal?: AbortSignal): Promise<PlanFile> {
  const opened = await readWhole(file, signal);
  const { header, summary } = opened;
  async function* lines(): AsyncGenerator<{ key: PlannedKey; offset: number }, void, undefined> {
    const reading = new PlanReading(file);
    yield* reading.keys(signal);
    if (!isDeepStrictEqual(reading.summary, summary)) throw damaged(file, "it was changed while it was read");
  }
  return {
    file,
    header,
    summary,
    get lines() {
      return lines();
    },
    get keys() {
      return keysOf(lines());
    },
    keyAt: (offset) => keyAt(file, offset),
  };
}

async function* keysOf(lines: AsyncIterable<{ key: PlannedKey }>): AsyncGenerator<PlannedKey, void, undefined> {
  for await (const { key } of lines) yield key;
}

async function readWhole(file: string, signal?: AbortSignal): Promise<{ header: PlanHeader; summary: PlanSummary }> {
  const reading = new PlanReading(file);
  const keys = reading.keys(signal);
  while ((await keys.next()).done !== true);
  return { header: reading.header, summary: reading.summary };
}

/** One pass over a plan file. */
class PlanReading {
  readonly #file: string;
  #header: PlanHeader | undefined;
  #summary: PlanSummary | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** After the pass. */
  get header(): PlanHeader {
    if (this.#header === undefined) throw this.#damaged("it ends too early");
    return this.#header;
  }

  /** After the pass. */
  get summary(): PlanSummary {
    if (this.#summary === undefined) throw this.#damaged("it ends too early");
    return this.#summary;
  }

  /** Every key, and then the check of the whole. */
  async *keys(signal?: AbortSignal): AsyncGenerator<{ key: PlannedKey; offset: number }, void, undefined> {
    const lines = this.#lines(signal);
    try {
      yield* this.#keys(lines);
    } finally {
      // Whoever stops early, for an error or by choice, closes the file.
      await lines.return();
    }
  }

  async *#keys(
    lines: AsyncGenerator<FileLine, void, undefined>,
  ): AsyncGenerator<{ key: PlannedKey; offset: number }, void, undefined> {
    const tally = this.#readHeader(await this.#next(lines));
    this.#expect(await this.#next(lines), PLAN_LAYOUT.keysStart);
    let more = true;
    let ordinal = 0;
    for (let line = await this.#next(lines); line.text !== PLAN_LAYOUT.keysEnd; line = await this.#next(lines)) {
      if (!more) throw this.#damaged("its lines are not those of a plan");
      more = line.text.endsWith(PLAN_LAYOUT.separator);
      const text = more ? line.text.slice(0, -PLAN_LAYOUT.separator.length) : line.text;
      const key = this.#parse(planSchemas.key, text);
      if (key.ordinal !== ordinal) throw this.#damaged("its keys are not in their order");
      ordinal += 1;
      tally.add(key, text);
      yield { key, offset: line.offset };
    }
    if (more && ordinal > 0) throw this.#damaged("its lines are not those of a plan");
    this.#readSummary(await this.#next(lines), tally);
    if ((await lines.next()).done !== true) throw this.#damaged("something stands after its end");
  }

  #readHeader({ text }: FileLine): PlanTally {
    const inner = this.#between(text, PLAN_LAYOUT.headerStart, PLAN_LAYOUT.headerEnd);
    const value = this.#json(inner);
    refuseOtherFormats(value, this.#file);
    const header = this.#parse(planSchemas.header, inner);
    this.#header = header;
    return new PlanTally(header, inner);
  }

  #readSummary({ text }: FileLine, tally: PlanTally): void {
    const inner = this.#between(text, PLAN_LAYOUT.summaryStart, PLAN_LAYOUT.summaryEnd);
    const summary = this.#parse(planSchemas.summary, inner);
    if (!isDeepStrictEqual(summary, tally.end())) {
      throw this.#damaged("its digest or its sums are not those of its lines; it was edited or cut");
    }
    this.#summary = summary;
  }

  async *#lines(signal?: AbortSignal): AsyncGenerator<FileLine, void, undefined> {
    try {
      await using handle = await open(this.#file, "r");
      const stream = handle.createReadStream({ autoClose: false, ...(signal === undefined ? {} : { signal }) });
      for await (const line of linesOf(stream)) {
        if (line === undefined) throw this.#damaged("a line of it is no text");
        yield line;
      }
    } catch (error) {
      if (signal?.aborted === true) {
        throw new KeyrailError(
          "Aborted",
          "Reading the plan was aborted.",
          { operation: "read the plan" },
          { cause: error },
        );
      }
      throw fileProblem(error, this.#file);
    }
  }

  async #next(lines: AsyncGenerator<FileLine, void, undefined>): Promise<FileLine> {
    const next = await lines.next();
    if (next.done === true) throw this.#damaged("it ends too early");
    return next.value;
  }

  #expect({ text }: FileLine, expected: string): void {
    if (text !== expected) throw this.#damaged("its lines are not those of a plan");
  }

  #between(text: string, start: string, end: string): string {
    if (text.startsWith(start) && text.endsWith(end)) return text.slice(start.length, -end.length);
    throw this.#damaged("its lines are not those of a plan");
  }

  #parse<Value>(schema: z.ZodType<Value>, text: string): Value {
    return parseLine(schema, this.#json(text), this.#file);
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw damaged(this.#file, "a line of it is no JSON", cause);
    }
  }

  #damaged(reason: string): KeyrailError<"IntegrityFailed"> {
    return damaged(this.#file, reason);
  }
}

/** Tells a file of another kind, or of a newer version, from a damaged one. */
function refuseOtherFormats(header: unknown, file: string): void {
  if (typeof header !== "object" || header === null) return;
  const version: unknown = "version" in header ? header.version : undefined;
  if (typeof version !== "number" || version === PLAN_VERSION) return;
  const reason =
    version > PLAN_VERSION ? "it was written by a newer version of Keyrail" : "its format is no longer read";
  throw new KeyrailError(
    "StoreUnavailable",
    `The plan ${file} is of format ${version}, and this version of Keyrail reads format ${PLAN_VERSION}: ${reason}. Make a new plan, or use that version.`,
    { store: file, reason },
  );
}

function parseLine<Value>(schema: z.ZodType<Value>, value: unknown, file: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw damaged(file, path === "" ? "a line of it is not what a plan has" : `a line of it has a wrong "${path}"`);
}

async function keyAt(file: string, offset: number): Promise<PlannedKey> {
  try {
    await using handle = await open(file, "r");
    const stream = handle.createReadStream({ autoClose: false, start: offset, highWaterMark: 4096 });
    for await (const line of linesOf(stream)) {
      const text = line?.text.replace(/,$/, "") ?? "";
      return parseLine(planSchemas.key, JSON.parse(text), file);
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(file, "a line of it is no JSON", error);
    throw fileProblem(error, file);
  }
  throw damaged(file, "it ends too early");
}

function damaged(file: string, reason: string, cause?: unknown): KeyrailError<"IntegrityFailed"> {
  return new KeyrailError(
    "IntegrityFailed",
    `The plan ${file} can't be used: ${reason}. Make a new plan.`,
    { store: file },
    { cause },
  );
}
