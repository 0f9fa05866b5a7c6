import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { isKeyrailError } from "@keyrail/core";
import { closeServer, listenOnLoopback } from "../http/loopback.ts";
import { type RequestBody, readBody } from "../http/request-body.ts";
import { tryParseJson } from "../json.ts";
import { type ControlParts, type ControlRoute, controlRoutes } from "./control-routes.ts";

/**
 * The control endpoint: plain HTTP and JSON on a loopback port of its own, for tests that run in another process. It has no
 * authentication; a request must name the loopback host and send bodies as `application/json`, so that a web page
 * in a browser of the same machine can't use it.
 */
export class ControlServer {
  readonly #parts: ControlParts;
  readonly #server: Server;
  #port = 0;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Listens on 127.0.0.1; returns the port. */
  async listen(port: number): Promise<number> {
    this.#port = await listenOnLoopback(this.#server, port);
    return this.#port;
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const body = await new Promise<RequestBody>((resolve) => readBody(request, resolve));
    if (typeof body === "string") return answer(response, 413, { error: "The body is too long or broken off." });
    if (![`127.0.0.1:${this.#port}`, `localhost:${this.#port}`].includes(request.headers.host ?? "")) {
      return answer(response, 403, { error: "The control endpoint answers to its loopback name only." });
    }
    if (body.text !== "" && !(request.headers["content-type"] ?? "").startsWith("application/json")) {
      return answer(response, 415, { error: "Bodies must be application/json." });
    }
    const found = find(request.method ?? "GET", pathname);
    if (found === undefined) return answer(response, 404, { error: "There is no such control." });
    const parsed = tryParseJson(body.text === "" ? "{}" : body.text);
    if (parsed === undefined) return answer(response, 400, { error: "The body is not JSON." });
    try {
      answer(response, 200, found.route.run({ body: parsed.value, id: found.id, query: searchParams }, this.#parts));
    } catch (error) {
      if (!isKeyrailError(error)) throw error;
      answer(response, 400, { error: error.message });
    }
  }
}

function find(method: string, pathname: string): { readonly route: ControlRoute; readonly id: string } | undefined {
  const actual = pathname.split("/");
  for (const route of controlRoutes) {
    const expected = route.path.split("/");
    const fits =
      route.method === method &&
      expected.length === actual.length &&
      expected.every((segment, at) => segment === ":id" || segment === actual[at]);
    if (fits) return { route, id: actual[expected.indexOf(":id")] ?? "" };
  }
  return undefined;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
