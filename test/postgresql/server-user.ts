/** PostgreSQL refuses to run as root: who it runs as then. */
import { readFileSync } from "node:fs";

/** The numbers of a user and a group; empty for whoever runs this process. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** The user the server is to run as; undefined when there is none that it could. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [, , uid, gid] = users.find(([name]) => name === wanted) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
