import type { Route } from "./route.ts";

/** A row of the table and the named segments of the path that matched it. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

/** Finds the row of a method and path. Literal segments win over named ones because the table lists them first. */
export class Router {
  readonly #routes = new Map<string, Route[]>();
  /** Rows without a named segment, by method and path. */
  readonly #literal = new Map<string, RouteMatch>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (!route.path.includes(":")) this.#literal.set(`${route.method} ${route.path}`, { route, params: new Map() });
      const key = `${route.method} ${route.segments.length}`;
      const group = this.#routes.get(key);
      if (group === undefined) this.#routes.set(key, [route]);
      else group.push(route);
    }
  }

  match(method: string, path: string): RouteMatch | undefined {
    const literal = this.#literal.get(`${method} ${path}`);
    if (literal !== undefined) return literal;
    const segments = path.split("/").slice(1);
    for (const route of this.#routes.get(`${method} ${segments.length}`) ?? []) {
      const params = matchSegments(route.segments, segments);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>();
  for (const [position, expected] of pattern.entries()) {
    const actual = segments[position] ?? "";
    if (expected.startsWith(":")) {
      const value = percentDecode(actual);
      if (value === undefined || value === "") return undefined;
      params.set(expected.slice(1), value);
    } else if (actual !== expected) {
      return undefined;
    }
  }
  return params;
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
