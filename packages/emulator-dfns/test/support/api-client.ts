import { type KeyObject, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { AddedUser, DfnsEmulator } from "@keyrail/emulator-dfns";
import { z } from "zod";

/** An answer of the API; `body` is the parsed JSON object. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Body of `POST /auth/action` with a key credential. */
export interface KeyAssertion {
  challengeIdentifier: string;
  firstFactor: { kind: string; credentialAssertion: { credId: string; clientData: string; signature: string } };
}

/** Who calls, and with what he signs. */
export interface Identity {
  readonly authToken: string;
  readonly credId: string;
  readonly privateKey: KeyObject;
}

/** A bare client of the API, written from the fact sheet: one request at a time, every step open to tampering. */
export class ApiClient {
  readonly #emulator: DfnsEmulator;
  readonly #agent: Agent;
  readonly identity: Identity;

  constructor(emulator: DfnsEmulator, identity?: Identity) {
    this.#emulator = emulator;
    this.#agent = new Agent({ keepAlive: true, ca: emulator.caPem });
    this.identity = identity ?? {
      authToken: emulator.authToken,
      credId: emulator.credId,
      privateKey: createPrivateKey(readFileSync(emulator.credentialKeyFile)),
    };
  }

  /** A client for another user of the same emulator. */
  as({ authToken, credId, privateKeyPem }: AddedUser): ApiClient {
    const privateKey = createPrivateKey(privateKeyPem ?? "");
    return new ApiClient(this.#emulator, { authToken, credId: credId ?? "", privateKey });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One request as it is. */
  async send(
    method: string,
    path: string,
    options: {
      readonly text?: string;
      readonly authorization?: string | undefined;
      readonly userAction?: string | undefined;
    } = {},
  ): Promise<Answer> {
    const { text, userAction } = options;
    const authorization = "authorization" in options ? options.authorization : `Bearer ${this.identity.authToken}`;
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(userAction === undefined ? {} : { "x-dfns-useraction": userAction }),
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const sent = request(`${this.#emulator.url}${path}`, { method, agent: this.#agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const answer = Buffer.concat(chunks).toString();
        let body: Record<string, unknown> = {};
        try {
          body = JSON.parse(answer) as Record<string, unknown>;
        } catch {
          body = {};
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, body });
      });
    });
    sent.once("error", reject);
    sent.end(text);
    return promise;
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send("POST", path, { text: JSON.stringify(body) });
  }

  /** `POST /auth/action/init`. */
  init(method: string, path: string, payload: string): Promise<Answer> {
    return this.post("/auth/action/init", {
      userActionPayload: payload,
      userActionHttpMethod: method,
      userActionHttpPath: path,
      userActionServerKind: "Api",
    });
  }

  /** Body of `POST /auth/action` for an answer to {@link init}. */
  assertion(challenge: Answer, clientDataMembers: object = {}): KeyAssertion {
    const clientData = Buffer.from(
      JSON.stringify({ type: "key.get", challenge: challenge.body["challenge"], ...clientDataMembers }),
    );
    const { credId, privateKey } = this.identity;
    const digest = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
    return {
      challengeIdentifier: String(challenge.body["challengeIdentifier"]),
      firstFactor: {
        kind: "Key",
        credentialAssertion: {
          credId,
          clientData: clientData.toString("base64url"),
          signature: sign(digest, clientData, privateKey).toString("base64url"),
        },
      },
    };
  }

  /** A user action for a call: init, sign, complete. */
  async userAction(method: string, path: string, payload: string): Promise<string> {
    const completed = await this.post("/auth/action", this.assertion(await this.init(method, path, payload)));
    if (completed.status !== 200) throw new Error(`user action refused: ${completed.text}`);
    return String(completed.body["userAction"]);
  }

  /** The whole flow of a mutating call. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const userAction = await this.userAction(method, path, text ?? "");
    return this.send(method, path, text === undefined ? { userAction } : { text, userAction });
  }

  /** As {@link call}, for calls that must work. */
  async must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.call(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  async createKey(body: Record<string, unknown>): Promise<CreatedKey> {
    return createdKey(await this.must("POST", "/keys", body));
  }
}

/** The members of a Key that tests read. */
export interface CreatedKey {
  readonly id: string;
  readonly scheme: string;
  readonly curve: string;
  readonly publicKey: string;
  readonly status: string;
  readonly custodial: boolean;
  readonly name?: string;
  readonly derivedFrom?: { readonly keyId: string; readonly path: string };
  readonly exported?: boolean;
  readonly imported?: boolean;
  readonly masterKey?: boolean;
}

/** Other members are kept. */
const createdKeySchema: z.ZodType<CreatedKey> = z.looseObject({
  id: z.string(),
  scheme: z.string(),
  curve: z.string(),
  publicKey: z.string(),
  status: z.string(),
  custodial: z.boolean(),
  name: z.string().exactOptional(),
  derivedFrom: z.object({ keyId: z.string(), path: z.string() }).exactOptional(),
  exported: z.boolean().exactOptional(),
  imported: z.boolean().exactOptional(),
  masterKey: z.boolean().exactOptional(),
});

/** An answer that must be a Key. */
export function createdKey(body: unknown): CreatedKey {
  return createdKeySchema.parse(body);
}

const errorSchema = z.object({
  error: z.object({
    id: z.string(),
    status: z.number(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  }),
});

/** Status and message of an error body (fact sheet, section 10). */
export function errorOf(answer: Answer): { status: number; message: string; details: Record<string, unknown> } {
  const { error } = errorSchema.parse(answer.body);
  if (!/^\d+$/.test(error.id) || error.status !== answer.status) throw new Error(`not an error body: ${answer.text}`);
  return { status: error.status, message: error.message, details: error.details ?? {} };
}
