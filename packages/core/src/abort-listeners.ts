/**
 * Listeners for the abort of a caller's signal. A signal that many calls share, a service's own shutdown say, carries one
 * event listener of ours however many calls are under way: adding and removing one in an `EventTarget` costs as much as
 * the rest of a call's abort handling, and more the more listeners there are.
 */

/** Called once, in the turn of the abort. Must not throw. */
export type AbortListener = () => void;

/** The one event listener of a signal, and whom it tells. */
class SharedListener {
  /** In the order in which they came. */
  readonly listeners: Set<AbortListener> = new Set();

  handleEvent(): void {
    for (const listener of this.listeners) listener();
  }
}

const shared = new WeakMap<AbortSignal, SharedListener>();

/**
 * Calls the listener when the signal is aborted; a signal that is aborted already calls nobody. Whoever listens must
 * {@link stopListeningForAbort} when it no longer matters: nothing of ours stays at a signal that nobody listens to.
 */
export function listenForAbort(signal: AbortSignal, listener: AbortListener): void {
  let entry = shared.get(signal);
  if (entry === undefined) {
    entry = new SharedListener();
    shared.set(signal, entry);
    signal.addEventListener("abort", entry, { once: true });
  }
  entry.listeners.add(listener);
}

/** Takes a listener back; one that was never added, or was called, is no error. */
export function stopListeningForAbort(signal: AbortSignal, listener: AbortListener): void {
  const entry = shared.get(signal);
  if (entry === undefined) return;
  entry.listeners.delete(listener);
  if (entry.listeners.size > 0) return;
  shared.delete(signal);
  signal.removeEventListener("abort", entry);
}
