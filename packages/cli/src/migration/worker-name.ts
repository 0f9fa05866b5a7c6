import { hostname } from "node:os";

/** Which process this is, for the events of a run. */
export function workerName(): string {
  return `${hostname()}, process ${process.pid}`;
}
