/** Reads and changes: the flows over single requests, with the repetitions that are certain to be harmless. */

import { isKeyrailError, type KeyrailError } from "@keyrail/core";
import type { InFlightLimit } from "@keyrail/http";
import type { CredentialKeeper } from "../credential/assertion-signer.ts";
import { isInvalidChallenge, isInvalidUserAction, type RefusalContext, refusalOf, refusedError } from "../errors.ts";
import type { AccessTokens } from "./access-token.ts";
import type { CallBudget } from "./call-budget.ts";
import { LostAnswer } from "./lost-answer.ts";
import { quickChallenge, quickUserAction } from "./quick-answers.ts";
import { contextOf, parsed } from "./read-answer.ts";
import type { ChangeRequestDescription, ReadRequest } from "./request-description.ts";
import { actionChallengeSchema, userActionSchema } from "./schemas.ts";
import type { ApiAnswer, ApiRequest, Transport } from "./transport.ts";
import { type ActionSubject, assertionBody, credentialRefused, initBody } from "./user-action.ts";

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
      if (answer.status !== 401) return parsed(answer, request.schema, context, request.quick);
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

  /**
   * Reads the answer of {@link LostAnswer.again}.
   * @throws KeyrailError also when the one-time token was spent: then the first request was the one that was taken.
   */
  settled<Result>(answer: ApiAnswer, request: ChangeRequestDescription<Result>): Result {
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
      body,
      userAction: action.done,
      operation: request.operation,
      mutates: true,
    };
    const again = (): Promise<ApiAnswer> => this.#send(last, token, call);
    try {
      const answer = await this.#send(last, token, call);
      if (answer.status === 200) return { done: parsed(answer, request.schema, context, request.quick) };
      if (answer.status === 401) return await this.#unauthorised(answer, context, token);
      const refusal = refusalOf(answer.status, answer.json);
      if (isInvalidUserAction(refusal)) {
        return {
          restart: credentialRefused(`Dfns refused the user action for ${request.operation}.`, refusal.message),
        };
      }
      return { done: parsed(answer, request.schema, context, request.quick) };
    } catch (error) {
      if (!isKeyrailError(error)) throw error;
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
      {
        method: "POST",
        path: "/auth/action/init",
        body: initBody(subject),
        operation: context.operation,
        mutates: false,
      },
      token,
      call,
    );
    if (init.status === 401) return this.#unauthorised(init, context, token);
    const challenge = parsed(init, actionChallengeSchema, context, quickChallenge);
    const credential = await keeper.current();
    call.check();
    let body: string;
    try {
      body = await assertionBody(challenge, credential, call.signal);
    } catch (error) {
      if (isKeyrailError(error, "AuthenticationFailed") && keeper.refused()) return { restart: error };
      throw error;
    }
    const answer = await this.#send(
      { method: "POST", path: "/auth/action", body, operation: context.operation, mutates: false },
      token,
      call,
    );
    if (answer.status === 200) return { done: parsed(answer, userActionSchema, context, quickUserAction).userAction };
    const refusal = refusalOf(answer.status, answer.json);
    if (isInvalidChallenge(refusal)) {
      return { restart: credentialRefused(`Dfns refused the challenge for ${operation}.`, refusal.message) };
    }
    if (answer.status === 401) {
      if (keeper.refused()) return { restart: refusedError(refusal, context) };
      return this.#unauthorised(answer, context, token);
    }
    return { done: parsed(answer, userActionSchema, context, quickUserAction).userAction };
  }

  #send(request: ApiRequest, token: string, call: CallBudget): Promise<ApiAnswer> {
    return this.#options.transport.send(request, token, call);
  }

  /** A 401: anew with another token, if the source has one. */
  async #unauthorised(
    answer: ApiAnswer,
    context: RefusalContext,
    token: string,
  ): Promise<{ readonly restart: KeyrailError }> {
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
