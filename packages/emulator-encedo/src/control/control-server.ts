/** The control endpoint: JSON over plain HTTP on a port of its own, for tests in another process. */

import { isKeyrailError } from "@keyrail/core";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";

import { LOOPBACK } from "../transport/listener.ts";
import type { ControlActions } from "./control-actions.ts";

/** Bytes of a control request's body at most. */
const BODY_LIMIT = 1024 * 1024;

/** An HTTP answer of the control endpoint. */
interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Serves {@link ControlActions}. Requests from web pages are refused: they carry an `Origin`. */
export class ControlServer {
  readonly #server: Server;

  constructor(actions: ControlActions) {
    this.#server = createServer((request, response) => void respond(actions, request, response));
  }

  /** Listens on loopback; port 0 takes any free one. Returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, LOOPBACK, resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
    return address.port;
  }

  /** Stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function respond(actions: ControlActions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(actions, request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function answer(actions: ControlActions, request: IncomingMessage): Promise<ControlAnswer> {
  if (request.headers.origin !== undefined) return problem(403, "the control endpoint does not serve web pages");
  const action = actions.get(`${request.method ?? ""} ${request.url ?? ""}`);
  if (action === undefined) return problem(404, `no such action; there are: ${[...actions.keys()].join(", ")}`);
  try {
    const body = await readJson(request);
    return { status: 200, body: (await action(body)) ?? {} };
  } catch (error) {
    if (isKeyrailError(error)) return problem(400, error.message);
    if (error instanceof z.ZodError) return problem(400, z.prettifyError(error));
    return error instanceof SyntaxError ? problem(400, "the body is not JSON") : problem(500, "the action failed");
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new SyntaxError("too long");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

function problem(status: number, error: string): ControlAnswer {
  return { status, body: { error } };
}
