import { resolve } from "node:path";
import { KeyrailError } from "@keyrail/core";
import type { DatabaseKind } from "./database.ts";

/** What kind of database a URI names, and the text that may be shown for it. @throws KeyrailError `InvalidConfiguration`. */
export function databaseLocation(uri: string): { readonly kind: DatabaseKind; readonly location: string } {
  return locate(uri);
}

/** A database, as its URI names it. */
export interface Place {
  readonly kind: DatabaseKind;
  readonly location: string;
  /** SQLite: the path as the engine takes it. */
  readonly path: string;
}

/** @throws KeyrailError `InvalidConfiguration`. */
export function locate(uri: string): Place {
  if (typeof uri !== "string") throw wrong("The database is missing: a path, or postgres://….");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") {
    const parsed = URL.parse(uri);
    if (parsed === null) throw wrong("The URI of a PostgreSQL database reads postgres://USER@HOST:PORT/DATABASE.");
    const port = parsed.port === "" ? "" : `:${parsed.port}`;
    const location = `postgres://${parsed.hostname}${port}${parsed.pathname}`;
    return { kind: "postgresql", location, path: "" };
  }
  if (scheme !== undefined && scheme !== "sqlite") {
    throw wrong(`A database is an SQLite file (a path, or sqlite:PATH) or postgres://…; "${scheme}:" is neither.`);
  }
  const path = scheme === "sqlite" ? uri.slice("sqlite:".length) : uri;
  if (path === "") throw wrong("The path of the SQLite file is missing.");
  const file = path === ":memory:" ? path : resolve(path);
  return { kind: "sqlite", location: file, path: file };
}

function wrong(text: string): KeyrailError<"InvalidConfiguration"> {
  return new KeyrailError("InvalidConfiguration", text, { path: "database" });
}
