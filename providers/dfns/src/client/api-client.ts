/** Reads and changes: the flows over single requests, with the repetitions that are certain to be harmless. */

import { isKeyrailError, KeyrailError } from "@keyrail/core";
import type { InFlightLimit } from "@keyrail/http";
import type { z } from "zod";
import type { CredentialKeeper } from "../credential/assertion-signer.ts";
import {
  isInvalidChallenge,
  isInvalidUserAction,
  isSpentUserAction,
  type RefusalContext,
  refusalOf,
  refusedError,
  unexpected,
} from "../errors.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import type { AccessTokens } from "./access-token.ts";
import type { CallBudget } from "./call-budget.ts";
import { actionChallengeSchema, changeRequestSchema, userActionSchema } from "./schemas.ts";
import type { ApiAnswer, ApiRequest, Transport } from "./transport.ts";
import { type ActionSubject, assertionBody, credentialRefused, initBody } from "./user-action.ts";

/** A read. */
export interface ReadRequest<Result> {
  readonly path: string;
  readonly operation: string;
  readonly schema: z.ZodType<Result>;
  /** Id of the key in the path. */
  readonly key?: string;
  /** What a 409 is about; see {@link RefusalContext}. */
  readonly makesKey?: true;
  readonly idempotencyKey?: string;
}

/** A change. */
export interface ChangeRequestDescription<Result> extends ReadRequest<Result> {
  readonly method: ActionSubject["method"];
  /** Written as JSON, once: the same text is declared, signed for and sent. Absent: no body. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** An answer that was lost, and how to ask for it once more without doing it twice. */
export class LostAnswer extends Error {
  override readonly name = "LostAnswer";
  /** What the caller of the port sees when nobody can settle it. */
  readonly error: KeyrailError;
  readonly #again: () => Promise<ApiAnswer>;

  constructor(error: KeyrailError, again: () => Promise<ApiAnswer>) {
    super("The answer was lost.", { cause: error });
    this.error = error;
    this.#again = again;
  }

  /**
   * Sends the very same request with the same one-time token. The service takes a token once (dfns.md, section 2), so
   * of the two requests at most one has an effect.
   */
  again(): Promise<ApiAnswer> {
    return this.#again();
  }
}

/** What the client is made of. */
export interface ApiClientOptions {
  readonly transport: Transport;
  readonly tokens: AccessTokens;
  readonly credential: CredentialKeeper;
  readonly inFlight: InFlightLimit;
}

/** How often a flow is begun anew after failures that certainly had no effect. */
const MAXIMUM_STARTS = 3;
const MAXIMUM_CONNECTIONS = 2;

type Step<Result> = { readonly done: Result } | { readonly restart: KeyrailError };

/** Speaks to one organisation. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** Closes every connection. */
  close(): Promise<void> {
    return this.#options.transport.close();
  }

  /**
   * GET. Begun anew when the token was refused and there is another one, or the connection broke.
   * @throws KeyrailError by status (see `errors.ts`), `UnexpectedResponse`, and those of the HTTP client.
   */
  read<Result>(request: ReadRequest<Result>, call: CallBudget): Promise<Result> {
    return this.#options.inFlight.run(() => this.#readUntilAnswered(request, call), call.signal);
  }

  /** One loop and no closures: this is the hot path of every read. */
  async #readUntilAnswered<Result>(request: ReadRequest<Result>, call: CallBudget): Promise<Result> {
    const { tokens, transport } = this.#options;
    const context = contextOf(request, false);
    const wire: ApiRequest = { method: "GET", path: request.path, operation: request.operation, mutates: false };
    for (let starts = 1; ; starts++) {
      const token = tokens.fixed ?? (await tokens.current());
      let answer: ApiAnswer;
      try {
        answer = await transport.send(wire, token, call);
      } catch (error) {
        if (!isKeyrailError(error, "ConnectionFailed") || starts >= MAXIMUM_CONNECTIONS) throw error;
        continue;
      }
      if (answer.status !== 401) return parsed(answer, request.schema, context);
      const { restart } = await this.#unauthorised(answer, context, token);
      if (starts >= MAXIMUM_STARTS) throw restart;
    }
  }

  /**
   * A change, in three requests. Begun anew when that certainly did no harm: the token or the user action was refused, or
   * the connection broke before the last request.
   *
   * @throws LostAnswer when the last request may have had an effect and its answer did not come; KeyrailError as for
   *   {@link read}.
   */
  change<Result>(request: ChangeRequestDescription<Result>, call: CallBudget): Promise<Result> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const subject: ActionSubject = { method: request.method, path: request.path, payload: body ?? "" };
    return this.#options.inFlight.run(
      () => this.#withStarts((token) => this.#changeOnce(request, subject, body, token, call)),
      call.signal,
    );
  }

  /**
   * As {@link change}, for changes that nothing settles.
   * @throws KeyrailError `UnknownOutcome` and the like for a lost answer.
   */
  async changeUnsettled<Result>(request: ChangeRequestDescription<Result>, call: CallBudget): Promise<Result> {
    try {
      return await this.change(request, call);
    } catch (error) {
      throw error instanceof LostAnswer ? error.error : error;
    }
  }

  /** Reads the answer of {@link LostAnswer.again}. `undefined`: the first request was the one that was taken. */
  settled<Result>(answer: ApiAnswer, request: ChangeRequestDescription<Result>): Result | undefined {
    if (isSpentUserAction(refusalOf(answer.status, answer.json))) return undefined;
    return parsed(answer, request.schema, contextOf(request, true));
  }

  async #changeOnce<Result>(
    request: ChangeRequestDescription<Result>,
    subject: ActionSubject,
    body: string | undefined,
    token: string,
    call: CallBudget,
  ): Promise<Step<Result>> {
    const action = await this.#attempt(() => this.#userAction(subject, request.operation, token, call));
    if ("restart" in action) return action;
    const context = contextOf(request, true);
    const last: ApiRequest = {
      method: request.method,
      path: request.path,
      ...(body === undefined ? {} : { body }),
      userAction: action.done,
      ...context,
    };
    const again = (): Promise<ApiAnswer> => this.#send(last, token, call);
    try {
      const answer = await this.#send(last, token, call);
      if (answer.status === 200) return { done: parsed(answer, request.schema, context) };
      if (answer.status === 401) return await this.#unauthorised(answer, context, token);
      const refusal = refusalOf(answer.status, answer.json);
      if (isInvalidUserAction(refusal)) {
        return { restart: credentialRefused(`Dfns refused the user action for ${request.operation}.`, refusal.message) };
      }
      return { done: parsed(answer, request.schema, context) };
    } catch (error) {
      if (!(error instanceof KeyrailError)) throw error;
      if (error.code === "ConnectionFailed") return { restart: error };
      const lost = error.retry === "unknown-outcome" && error.code !== "OperationRefused";
      throw lost ? new LostAnswer(error, again) : error;
    }
  }

  /** The one-time token for a change, in two requests. */
  async #userAction(subject: ActionSubject, operation: string, token: string, call: CallBudget): Promise<Step<string>> {
    const { credential: keeper } = this.#options;
    const context: RefusalContext = { operation: `${operation} (user action)`, mutates: false };
    const init = await this.#send(
      { method: "POST", path: "/auth/action/init", body: initBody(subject), ...context },
      token,
      call,
    );
    if (init.status === 401) return this.#unauthorised(init, context, token);
    const challenge = parsed(init, actionChallengeSchema, context);
    const credential = await keeper.current();
    call.check();
    let body: string;
    try {
      body = await assertionBody(challenge, credential, call.signal);
    } catch (error) {
      if (isKeyrailError(error, "AuthenticationFailed") && keeper.refused()) return { restart: error };
      throw error;
    }
    const answer = await this.#send({ method: "POST", path: "/auth/action", body, ...context }, token, call);
    if (answer.status === 200) return { done: parsed(answer, userActionSchema, context).userAction };
    const refusal = refusalOf(answer.status, answer.json);
    if (isInvalidChallenge(refusal)) {
      return { restart: credentialRefused(`Dfns refused the challenge for ${operation}.`, refusal.message) };
    }
    if (answer.status === 401) {
      if (keeper.refused()) return { restart: refusedError(refusal, context) };
      return this.#unauthorised(answer, context, token);
    }
    return { done: parsed(answer, userActionSchema, context).userAction };
  }

  #send(request: ApiRequest, token: string, call: CallBudget): Promise<ApiAnswer> {
    return this.#options.transport.send(request, token, call);
  }

  /** A 401: anew with another token, if the source has one. */
  async #unauthorised(answer: ApiAnswer, context: RefusalContext, token: string): Promise<{ readonly restart: KeyrailError }> {
    const error = refusedError(refusalOf(answer.status, answer.json), context);
    const other = await this.#options.tokens.instead(token);
    if (other === undefined) throw error;
    return { restart: error };
  }

  /** Turns a failure without effect into a restart. */
  async #attempt<Result>(step: () => Promise<Step<Result>>): Promise<Step<Result>> {
    try {
      return await step();
    } catch (error) {
      if (isKeyrailError(error, "ConnectionFailed")) return { restart: error };
      throw error;
    }
  }

  async #withStarts<Result>(start: (token: string) => Promise<Step<Result>>): Promise<Result> {
    for (let starts = 1; ; starts++) {
      const { tokens } = this.#options;
      const step = await start(tokens.fixed ?? (await tokens.current()));
      if ("done" in step) return step.done;
      const maximum = step.restart.code === "ConnectionFailed" ? MAXIMUM_CONNECTIONS : MAXIMUM_STARTS;
      if (starts >= maximum) throw step.restart;
    }
  }
}

function contextOf(request: ReadRequest<unknown>, mutates: boolean): RefusalContext {
  const { operation, key, makesKey, idempotencyKey } = request;
  return {
    operation,
    mutates,
    ...(key === undefined ? {} : { key }),
    ...(makesKey === undefined ? {} : { makesKey }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function parsed<Result>(answer: ApiAnswer, schema: z.ZodType<Result>, context: RefusalContext): Result {
  if (answer.status !== 200) {
    if (answer.status === 202) throw changePending(answer, context);
    throw refusedError(refusalOf(answer.status, answer.json), context);
  }
  const result = schema.safeParse(answer.json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.map(String).join(".") ?? "";
  throw unexpected(answer.status, path === "" ? "no JSON of the documented form" : `a wrong "${path}"`, context);
}

/** A change that people have to approve first, and that Dfns then makes by itself (dfns.md, section 10). */
function changePending(answer: ApiAnswer, { operation }: RefusalContext): KeyrailError {
  const result = changeRequestSchema.safeParse(answer.json);
  const id = result.success ? result.data.id : undefined;
  const approval = result.success ? result.data.approvalId : undefined;
  const names = [id, approval].filter((name) => typeof name === "string").join(", approval ");
  return new KeyrailError(
    "OperationRefused",
    `Dfns makes ${operation} wait for an approval (${names === "" ? "no id given" : names}); once approved, Dfns does it by itself. Look before asking again.`,
    { provider: PROVIDER_NAME, reason: "change request pending" },
    { retry: "unknown-outcome" },
  );
}
