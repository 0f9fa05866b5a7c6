/** A plain HTTPS client of the tests' own: it shares nothing with the emulator or the adapter. */

import { createHmac, createPrivateKey, createPublicKey, diffieHellman, pbkdf2Sync, type KeyObject } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** The body as a JSON object; empty when the body is. */
  readonly json: Record<string, unknown>;
}

/** What a call may carry. */
export interface Call {
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly plain?: boolean;
}

/** Where the device is. */
export interface Endpoint {
  readonly url: string;
  readonly httpUrl: string;
  readonly caPem: string;
}

/** What Node says of a connection that broke. */
export const BROKEN: RegExp = /socket hang up|ECONNRESET|ECONNREFUSED|aborted|socket disconnected/;

const PKCS8_X25519 = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_X25519 = Buffer.from("302a300506032b656e032100", "hex");

/** X25519 private key object of 32 raw bytes. */
export function x25519Private(bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, bytes]), format: "der", type: "pkcs8" });
}

/** X25519 public key object of 32 raw bytes. */
export function x25519Public(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_X25519, bytes]), format: "der", type: "spki" });
}

/** Raw bytes of the public half of an X25519 key object. */
export function rawPublic(key: KeyObject): Buffer {
  return (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" }).subarray(-32);
}

/** Compact JSON as base64url. */
export function segment(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A token signed with HS256. */
export function signToken(header: unknown, claims: unknown, key: Uint8Array): string {
  const input = `${segment(header)}.${segment(claims)}`;
  return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
}

const seeds = new Map<string, Buffer>();

/** The login seed of a passphrase; derived once per test process. */
export function loginSeed(passphrase: string, eid: string): Buffer {
  const name = `${eid} ${passphrase}`;
  const seed = seeds.get(name) ?? pbkdf2Sync(passphrase, eid, 600_000, 32, "sha256");
  seeds.set(name, seed);
  return seed;
}

/** Calls of one device. */
export class DeviceClient {
  readonly endpoint: Endpoint;
  /** Takes up TLS sessions again, which makes the tests faster; every request has its own connection. */
  readonly #agent = new Agent({ keepAlive: false });

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** One request on one connection. */
  call(method: string, path: string, call: Call = {}): Promise<Answer> {
    const base = call.plain === true ? this.endpoint.httpUrl : this.endpoint.url;
    const body = call.body ?? (call.json === undefined ? undefined : JSON.stringify(call.json));
    const headers: Record<string, string | number> = { Connection: "close" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    if (call.token !== undefined) headers.Authorization = `Bearer ${call.token}`;
    Object.assign(headers, call.headers);
    const agent = base.startsWith("https:") ? this.#agent : false;
    const send = base.startsWith("https:") ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(`${base}${path}`, { method, headers, ca: this.endpoint.caPem, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const isJson = text !== "" && response.headers["content-type"] === "application/json";
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? "",
            headers: response.headers,
            text,
            json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
          });
        });
      });
      request.on("error", reject);
      if (body === undefined) request.end();
      else request.end(body);
    });
  }

  /** GET. */
  get(path: string, call: Call = {}): Promise<Answer> {
    return this.call("GET", path, call);
  }

  /** POST of a JSON body. */
  post(path: string, json: unknown, call: Call = {}): Promise<Answer> {
    return this.call("POST", path, { json, ...call });
  }

  /** A fresh challenge and the proof for it, with claims to override. */
  async proof(
    seed: Uint8Array,
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = { ecdh: "x25519", alg: "HS256", typ: "JWT" },
  ): Promise<string> {
    const challenge = (await this.get("/api/auth/token")).json;
    const privateKey = x25519Private(seed);
    const spk = String(challenge.spk);
    const secret = diffieHellman({ privateKey, publicKey: x25519Public(Buffer.from(spk, "base64")) });
    const now = Number(challenge.exp) - 60;
    return signToken(
      header,
      {
        jti: challenge.jti,
        aud: spk,
        exp: now + 3600,
        iat: now - 5,
        iss: rawPublic(privateKey).toString("base64"),
        ...claims,
      },
      secret,
    );
  }

  /** A bearer for a scope. */
  async logIn(seed: Uint8Array, scope: string, claims: Record<string, unknown> = {}): Promise<string> {
    const answer = await this.post("/api/auth/token", { auth: await this.proof(seed, { scope, ...claims }) });
    if (answer.status !== 200) throw new Error(`login answered ${answer.status}`);
    return String(answer.json.token);
  }
}
