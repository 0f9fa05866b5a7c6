import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { ChangeWatch } from "./change-watch.ts";

/** Between two attempts to listen again, milliseconds. */
const PAUSE = 1_000;

/**
 * Counts the notifications of one channel on a connection of its own. A lost connection is made again until `closed` is
 * aborted, and counts as a notification, since some may have been missed.
 */
export function postgresqlWatch(config: pg.ClientConfig, channel: string, closed: AbortSignal): ChangeWatch {
  let stamp = 0;
  void keepListening(config, channel, closed, () => {
    stamp += 1;
  });
  return { stamp: () => stamp };
}

async function keepListening(
  config: pg.ClientConfig,
  channel: string,
  closed: AbortSignal,
  changed: () => void,
): Promise<void> {
  while (!closed.aborted) {
    // What went wrong is of no use to anybody: queries on the pool tell of a server that is down.
    await listen(config, channel, closed, changed).catch(() => undefined);
    changed();
    await wait(PAUSE, undefined, { ref: false, signal: closed }).catch(() => undefined);
  }
}

/** Listens until the connection ends, by itself or by `closed`. */
async function listen(
  config: pg.ClientConfig,
  channel: string,
  closed: AbortSignal,
  changed: () => void,
): Promise<void> {
  const client = new pg.Client(config);
  const ended = new Promise<void>((resolve) => {
    client.on("end", resolve);
    // Without a listener an error would end the process.
    client.on("error", () => resolve());
  });
  const end = (): void => void client.end().catch(() => undefined);
  closed.addEventListener("abort", end, { once: true });
  try {
    client.on("notification", changed);
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
    changed();
    if (!closed.aborted) await ended;
  } finally {
    closed.removeEventListener("abort", end);
    end();
  }
}
