import { InFlightLimit } from "@keyrail/http";

interface Intent {
  readonly turn: InFlightLimit;
  users: number;
}

const intents = new Map<string, Intent>();

/**
 * Runs one call at a time for an idempotency key on a device, over all clients in this process: the second call then
 * finds what the first one made. Calls in other processes are not held back.
 */
export async function exclusively<Result>(
  device: string,
  intent: string,
  task: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const name = `${device} ${intent}`;
  let entry = intents.get(name);
  if (entry === undefined) intents.set(name, (entry = { turn: new InFlightLimit(1), users: 0 }));
  entry.users += 1;
  try {
    return await entry.turn.run(task, signal);
  } finally {
    entry.users -= 1;
    if (entry.users === 0) intents.delete(name);
  }
}
