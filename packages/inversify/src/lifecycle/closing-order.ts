/** Puts things that are closed together into the reverse of the order in which they were opened. */

/** Something that was opened. */
export interface Opened {
  /** Of {@link nextPosition}, taken when it was open. */
  readonly position: number;
  close(): Promise<void>;
}

interface Closing {
  readonly opened: Promise<Opened | undefined>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

let position = 0;
const gathered: Closing[] = [];

/** The place of something that was opened just now. */
export function nextPosition(): number {
  return ++position;
}

/**
 * Closes something in its turn; `opened` never rejects and is `undefined` when there is nothing to close. A container
 * deactivates all of its bindings in one go and in no order: what is given here in one go is closed one after the other,
 * the last opened first, also when one of them fails to close.
 */
export function closeInTurn(opened: Promise<Opened | undefined>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (gathered.length === 0) queueMicrotask(() => void closeAll(gathered.splice(0)));
  gathered.push({ opened, resolve, reject });
  return promise;
}

async function closeAll(closings: readonly Closing[]): Promise<void> {
  const ready = await Promise.all(closings.map(async (closing) => ({ ...closing, opened: await closing.opened })));
  ready.sort((left, right) => (right.opened?.position ?? 0) - (left.opened?.position ?? 0));
  for (const { opened, resolve, reject } of ready) await (opened?.close() ?? Promise.resolve()).then(resolve, reject);
}
