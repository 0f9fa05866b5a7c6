import { type CompiledCapabilities, compileCapabilities } from "../capabilities/compile.ts";
import type { OperationDescriptor } from "../capabilities/descriptor.ts";
import { isKeyrailError, KeyrailError } from "../errors.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { KnownKey, ProviderAdapter } from "../provider.ts";
import { parseRequest } from "../requests/parse.ts";
import { isObject } from "../requests/quick-check.ts";
import { callOptionsQuickCheck, callOptionsSchema } from "../requests/schemas.ts";
import type { Audit, OperationFacts, Outcome, Telemetry } from "../telemetry.ts";
import { withinDeadline } from "./deadline.ts";
import { checkCapability, checkUsage } from "./gate.ts";
import { KeyResolver } from "./key-resolver.ts";
import { KnownKeys } from "./known-keys.ts";
import { normaliseError } from "./normalise-error.ts";

/** What the wrapper is given beside the adapter. */
export interface ProviderOptions {
  readonly telemetry?: Telemetry;
  readonly audit?: Audit;
}

/** One call, after its request was checked. */
export interface Invocation<Result> {
  /** For telemetry, audit and error texts. */
  readonly operation: OperationFacts["operation"];
  /** What the gate is asked; absent for catalog operations, which are gated by the declaration's catalog. */
  readonly descriptor?: OperationDescriptor;
  /** The provider's own id of the key the call is about, and the facts known of it. */
  readonly id?: string;
  readonly known?: KnownKey | undefined;
  /** Whether a lost answer may hide an effect. */
  readonly mutates?: boolean;
  readonly call: (options: CallOptions | undefined) => Result | Promise<Result>;
}

/**
 * Runs every call of every port the same way: closed check, abort check, gate, usages, audit, telemetry, deadline,
 * error normalisation. One instance per provider.
 */
export class Invoker {
  readonly compiled: CompiledCapabilities;
  readonly known: KnownKeys;
  readonly #adapter: ProviderAdapter;
  readonly #resolver: KeyResolver;
  readonly #telemetry: Telemetry | undefined;
  readonly #audit: Audit | undefined;
  #closed = false;

  constructor(adapter: ProviderAdapter, options: ProviderOptions) {
    this.#adapter = adapter;
    this.known = new KnownKeys(adapter.describe === undefined);
    this.compiled = compileCapabilities(adapter.capabilities);
    this.#resolver = new KeyResolver(adapter.uri, adapter.ownsStore?.bind(adapter));
    this.#telemetry = options.telemetry;
    this.#audit = options.audit;
  }

  get closed(): boolean {
    return this.#closed;
  }

  markClosed(): void {
    this.#closed = true;
    this.known.clear();
  }

  /** The provider's own id of a key given as URI or id. */
  resolve(key: string): string {
    return this.#resolver.resolve(key);
  }

  /** Whether a key URI names a key of this provider's store. */
  owns(key: string): boolean {
    return this.#resolver.owns(key);
  }

  /** What is known of a key without a request. */
  describe(id: string): KnownKey | undefined {
    return this.#adapter.describe === undefined ? this.known.get(id) : this.#adapter.describe(id);
  }

  /** Checks call options, and that the provider is open and the call not aborted yet. */
  begin(options: CallOptions | undefined, operation: string): CallOptions | undefined {
    if (this.#closed) {
      throw new KeyrailError("Closed", `The provider ${this.#adapter.uri} is closed.`, { what: this.#adapter.uri });
    }
    if (options === undefined) return undefined;
    const checked =
      isObject(options) && callOptionsQuickCheck(options) ? { ...options } : parseRequest(callOptionsSchema, options);
    if (checked.signal?.aborted === true) {
      const reason: unknown = checked.signal.reason;
      throw new KeyrailError("Aborted", `${operation} was aborted before it began.`, { operation }, { cause: reason });
    }
    return checked;
  }

  /** Runs a call. With nobody watching and nothing to race against, this is one promise and no more. */
  async invoke<Result>(invocation: Invocation<Result>, options: CallOptions | undefined): Promise<Result> {
    if (this.#telemetry !== undefined || this.#audit !== undefined) return this.#observed(invocation, options);
    this.#gate(invocation.descriptor, invocation.known, invocation.id);
    try {
      return options === undefined ? await invocation.call(undefined) : await this.#race(invocation, options);
    } catch (error) {
      throw this.#normalised(error, invocation);
    }
  }

  /** What no adapter classified is explained by the closing when there was one meanwhile, and a defect otherwise. */
  #normalised(error: unknown, { operation, mutates = false }: Invocation<unknown>): KeyrailError {
    if (!this.#closed || isKeyrailError(error)) return normaliseError(error, operation);
    const { uri } = this.#adapter;
    return new KeyrailError(
      "Closed",
      `The provider ${uri} was closed while ${operation} was running${mutates ? "; it may have been done" : ""}.`,
      { what: uri },
      { cause: error, retry: mutates ? "unknown-outcome" : "safe" },
    );
  }

  #gate(descriptor: OperationDescriptor | undefined, known: KnownKey | undefined, id: string | undefined): void {
    if (descriptor === undefined) return;
    checkCapability(this.compiled, descriptor);
    if (known !== undefined && id !== undefined) checkUsage(known, descriptor, this.#keyUri(id));
  }

  #race<Result>(invocation: Invocation<Result>, options: CallOptions): Promise<Result> {
    return withinDeadline(() => invocation.call(options), options, invocation.operation, invocation.mutates === true);
  }

  async #observed<Result>(invocation: Invocation<Result>, options: CallOptions | undefined): Promise<Result> {
    const facts = this.#facts(invocation);
    const end = this.#telemetry?.start(facts);
    const started = performance.now();
    let outcome: Outcome = "ok";
    try {
      this.#gate(invocation.descriptor, invocation.known, invocation.id);
      await this.#permit(facts);
      return options === undefined ? await invocation.call(undefined) : await this.#race(invocation, options);
    } catch (error) {
      const normalised = this.#normalised(error, invocation);
      outcome = normalised.code;
      throw normalised;
    } finally {
      end?.(outcome);
      await this.#record(facts, outcome, performance.now() - started, options?.idempotencyKey);
    }
  }

  async #permit(facts: OperationFacts): Promise<void> {
    try {
      await this.#audit?.before?.(facts);
    } catch (cause) {
      throw new KeyrailError(
        "OperationRefused",
        `The audit hook did not let ${facts.operation} happen; nothing was sent.`,
        { provider: facts.provider, reason: "audit hook" },
        { cause },
      );
    }
  }

  async #record(facts: OperationFacts, outcome: Outcome, durationMs: number, idempotencyKey?: string): Promise<void> {
    try {
      await this.#audit?.after?.({
        ...facts,
        time: Date.now(),
        durationMs,
        outcome,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      process.emitWarning(`The audit hook failed (${name}) after ${facts.operation}; the operation itself is done.`, {
        code: "KEYRAIL_AUDIT",
      });
    }
  }

  #facts(invocation: Invocation<unknown>): OperationFacts {
    const { descriptor, id } = invocation;
    const keyType = invocation.known?.keyType ?? descriptor?.keyType;
    return {
      provider: this.#adapter.name,
      operation: invocation.operation,
      ...(keyType === undefined ? {} : { keyType }),
      ...(descriptor?.algorithm === undefined ? {} : { algorithm: descriptor.algorithm }),
      ...(id === undefined ? {} : { key: this.#keyUri(id) }),
    };
  }

  #keyUri(id: string): string {
    return `${this.#adapter.uri}/${id}`;
  }
}
