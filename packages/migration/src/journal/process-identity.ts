/** Which process this is, so that another one can tell whether it still lives. */

import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { z } from "zod";

/** Machine, process number, and a token that tells it from an earlier process of the same number. */
const identitySchema = z.tuple([z.string(), z.int(), z.string()]);

/**
 * The machine as far as process numbers mean the same on it: on Linux this boot and this set of process numbers (a
 * container has its own), elsewhere the host's name.
 */
const MACHINE = ((): string => {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
})();

/** This process, as its leases name it. */
export const processIdentity: string = JSON.stringify([MACHINE, process.pid, randomUUID().slice(0, 8)]);

/** True when the process is known to have ended: it was one of this machine, and there is none such any more. */
export function isKnownDead(identity: string): boolean {
  if (identity === processIdentity) return false;
  const [machine, pid] = identitySchema.parse(JSON.parse(identity));
  if (machine !== MACHINE) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
