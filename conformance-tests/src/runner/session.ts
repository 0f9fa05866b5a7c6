/** One run over one harness: opens it, runs single checks, cleans up, and makes the report. */

import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { compileCapabilities, type CompiledCapabilities, type Provider } from "@keyrail/core";
import type { Check } from "../check.ts";
import type { CheckContext } from "../context.ts";
import type { Harness, HarnessInstance } from "../harness.ts";
import { type Bounds, boundsOf, isSelected, type RunOptions } from "../options.ts";
import { MissingCredentials } from "../harness.ts";
import type { ConformanceReport, ReportCell } from "../report/report.ts";
import { captureOutput } from "../secrets/output-capture.ts";
import { SecretWatch } from "../secrets/secret-watch.ts";
import { buildReport } from "./build-report.ts";
import { classify, type Ending } from "./classify.ts";
import { checkInstance } from "./check-harness.ts";
import { Fixtures } from "./fixtures.ts";
import { type CleanUp, KeyLedger } from "./key-ledger.ts";
import { type Watch, watchedProvider } from "./watched-provider.ts";

/** What an open back end adds to a session. */
interface OpenState {
  readonly instance: HarnessInstance;
  readonly capabilities: CompiledCapabilities;
  readonly fixtures: Fixtures;
}

/** A run in progress. `open` first, then `run` check by check, then `finish`, always. */
export class Session {
  readonly #harness: Harness;
  readonly #bounds: Bounds;
  readonly #options: RunOptions;
  readonly #started = Date.now();
  readonly #secrets = new SecretWatch();
  readonly #ledger: KeyLedger;
  readonly #cells: ReportCell[] = [];
  readonly #notRun: { id: string; reason: string }[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #open: OpenState | undefined;
  #provider: Provider | undefined;
  #blockedBy: string | undefined;
  #cleanUp: CleanUp | undefined;
  #labels = 0;
  #release: (() => void) | undefined;
  #aborted: string | undefined;

  constructor(harness: Harness, options: RunOptions = {}) {
    this.#harness = harness;
    this.#options = options;
    this.#bounds = boundsOf(options);
    this.#ledger = new KeyLedger(`${this.#bounds.labelPrefix}-${randomBytes(3).toString("hex")}-`);
    const { signal } = options;
    if (signal?.aborted === true) this.#abort("The run was aborted.");
    signal?.addEventListener("abort", () => this.#abort("The run was aborted."), { once: true });
  }

  /** Whether no further check should start. */
  get aborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** Whether the provider declares that keys can be removed. */
  get removes(): boolean {
    return this.#open?.instance.provider.capabilities.catalog?.remove !== undefined;
  }

  #abort(reason: string): void {
    this.#aborted ??= reason;
    this.#stop.abort(new Error(reason));
  }

  /** Opens the harness. Absent credentials block every check; any other failure of the setup is thrown. */
  async open(): Promise<void> {
    const { runTimeout } = this.#options;
    if (runTimeout !== undefined) {
      const timer = setTimeout(() => this.#abort(`The run took longer than ${runTimeout} ms.`), runTimeout);
      timer.unref();
    }
    if (this.aborted) return;
    try {
      const instance = await this.#harness.setup();
      checkInstance(instance);
      const capabilities = compileCapabilities(instance.provider.capabilities);
      const { label } = instance.provider.capabilities;
      const newLabel = (): string => this.#newLabel(label.maximumBytes);
      const fixtures = new Fixtures({ capabilities, secrets: this.#secrets, bounds: this.#bounds, newLabel });
      this.#open = { instance, capabilities, fixtures };
      this.#provider = instance.provider;
      for (const secret of instance.secrets ?? []) this.#secrets.know("a secret of the harness", secret);
      if (this.#options.watchOutput !== false) this.#release = captureOutput(this.#secrets);
    } catch (error) {
      if (!(error instanceof MissingCredentials)) throw error;
      this.#blockedBy = error.message;
    }
  }

  #newLabel(maximumBytes: number): string {
    const count = (this.#labels++).toString(36);
    const label = `${this.#ledger.labelPrefix}${count}`;
    // A very short limit: the counter is what must stay.
    return label.length <= maximumBytes ? label : label.slice(label.length - maximumBytes);
  }

  /** Why a check is not part of this run, if it is not. */
  exclusion(check: Check): string | undefined {
    if (!isSelected(check, this.#options)) return "The filter of the run leaves it out.";
    if (this.#bounds.readOnly && check.makesKeys) return "The read-only profile makes, changes and removes no key.";
    if (check.harness !== undefined && this.#open !== undefined && this.#open.instance[check.harness] === undefined) {
      return `The harness offers no \`${check.harness}\`.`;
    }
    return undefined;
  }

  /** Runs one check; gives its cell, or why it is left out. Never throws. */
  async run(check: Check): Promise<ReportCell | string> {
    const reason = this.exclusion(check) ?? this.#aborted;
    if (reason !== undefined) {
      this.#notRun.push({ id: check.id, reason });
      return reason;
    }
    const open = this.#open;
    const wireBefore = open?.instance.wireRequests?.();
    const started = performance.now();
    const ending = open === undefined ? this.#blocked() : await this.#exercise(check, open);
    const wireAfter = open?.instance.wireRequests?.();
    if (this.#aborted !== undefined && ending.state === "error") {
      this.#notRun.push({ id: check.id, reason: this.#aborted });
      return this.#aborted;
    }
    const cell: ReportCell = {
      id: check.id,
      group: check.group,
      title: check.title,
      requirement: check.requirement,
      state: ending.state,
      ...(ending.detail === undefined ? {} : { detail: ending.detail }),
      ...(ending.code === undefined ? {} : { code: ending.code }),
      durationMs: Math.round((performance.now() - started) * 1000) / 1000,
      ...(wireBefore === undefined || wireAfter === undefined ? {} : { wireRequests: wireAfter - wireBefore }),
    };
    this.#cells.push(cell);
    return cell;
  }

  #blocked(): Ending {
    return { state: "blocked", detail: this.#blockedBy ?? "The back end is not open." };
  }

  async #exercise(check: Check, open: OpenState): Promise<Ending> {
    const made = this.#ledger.made;
    let ended: string | undefined;
    const context = this.#context(open, () => ended ?? this.#aborted);
    const timer = new AbortController();
    try {
      const outcome = this.#judge(check, context);
      const timeout = this.#timeout(timer.signal);
      return await Promise.race([outcome, timeout]);
    } finally {
      ended = `The check ${check.id} is over.`;
      timer.abort();
      if (!this.#bounds.readOnly) await this.#tidy(made, open.fixtures);
    }
  }

  async #judge(check: Check, context: CheckContext): Promise<Ending> {
    try {
      const missing = check.needs.find((need) => !need.met(context.capabilities, context.bare));
      if (missing === undefined) {
        await check.run(context);
        return { state: "pass" };
      }
      await missing.refused?.(context);
      return { state: "unsupported", detail: `Not declared: ${missing.text}.` };
    } catch (error) {
      return classify(error);
    }
  }

  async #timeout(signal: AbortSignal): Promise<Ending> {
    const { checkTimeout } = this.#bounds;
    try {
      await delay(checkTimeout, undefined, { signal: AbortSignal.any([signal, this.#stop.signal]), ref: true });
    } catch (error) {
      if (this.#aborted !== undefined) return { state: "error", detail: this.#aborted };
      if (!signal.aborted) throw error;
    }
    return { state: "error", detail: `The check did not end within ${checkTimeout} ms.` };
  }

  /** Removes what one check made, shared keys excepted. */
  async #tidy(since: number, fixtures: Fixtures): Promise<void> {
    if (this.aborted || this.#provider === undefined) return;
    for (const record of this.#ledger.since(since)) {
      if (!fixtures.isShared(record)) await this.#ledger.remove(this.#provider, record);
    }
  }

  #context(open: OpenState, ended: () => string | undefined): CheckContext {
    const provider = this.#provider ?? open.instance.provider;
    const watch: Watch = {
      ledger: this.#ledger,
      secrets: this.#secrets,
      maximumKeys: this.#bounds.maximumKeys,
      readOnly: this.#bounds.readOnly,
      ended,
      inFlight: this.#inFlight,
    };
    return {
      provider: watchedProvider(provider, watch),
      bare: provider,
      capabilities: open.capabilities,
      fixtures: open.fixtures,
      secrets: this.#secrets,
      bounds: this.#bounds,
      harness: open.instance,
      signal: this.#stop.signal,
      newLabel: () => this.#newLabel(provider.capabilities.label.maximumBytes),
      watch: (other) => watchedProvider(other, watch),
      adopt: (other) => {
        this.#provider = other;
        // A new object knows none of the old one's keys, and would have to ask for them.
        open.fixtures.forget();
      },
    };
  }

  /** Waits for stray calls, removes every key of the run, and looks for keys whose answer was lost. */
  async cleanUp(): Promise<CleanUp> {
    if (this.#cleanUp !== undefined) return this.#cleanUp;
    if (this.#inFlight.size > 0) {
      const settled = Promise.allSettled(this.#inFlight);
      const bound = new AbortController();
      await Promise.race([
        settled,
        delay(this.#bounds.settlingTime, undefined, { signal: bound.signal }).catch(() => undefined),
      ]);
      bound.abort();
    }
    this.#cleanUp =
      this.#provider === undefined
        ? { made: 0, removed: 0, remaining: [] }
        : await this.#ledger.cleanUp(this.#provider);
    return this.#cleanUp;
  }

  /** Cleans up, lets go of the harness, and gives the report. */
  async finish(): Promise<ConformanceReport> {
    try {
      const keys = await this.cleanUp();
      return buildReport({
        harness: this.#harness,
        provider: this.#open?.instance.provider,
        readOnly: this.#bounds.readOnly,
        started: this.#started,
        cells: this.#cells,
        notRun: this.#notRun,
        keys,
        aborted: this.#aborted,
      });
    } finally {
      this.#release?.();
      await this.#harness.teardown?.();
    }
  }
}
