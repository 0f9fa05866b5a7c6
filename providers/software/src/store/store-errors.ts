/** The errors of stores, with one text per situation. */

import { KeyrailError, type RetryAdvice } from "@keyrail/core";

/** `StoreUnavailable` with a reason a stranger can act on. */
export function storeUnavailable(
  store: string,
  reason: string,
  options: { readonly retry?: RetryAdvice; readonly cause?: unknown } = {},
): KeyrailError<"StoreUnavailable"> {
  return new KeyrailError(
    "StoreUnavailable",
    `The key store ${store} can't be used: ${reason}.`,
    { store, reason },
    options,
  );
}

/** `IntegrityFailed` of one record. */
export function recordDamaged(store: string, key: string, cause?: unknown): KeyrailError<"IntegrityFailed"> {
  return new KeyrailError(
    "IntegrityFailed",
    `The record of key ${key} in ${store} was damaged or changed outside Keyrail; restore it from a backup or remove the key. The other keys are not affected.`,
    { key, store },
    { cause },
  );
}

const NAMED = 5;

/** `IntegrityFailed` at the end of a scan that met damaged records. */
export function recordsDamaged(store: string, keys: readonly string[]): KeyrailError<"IntegrityFailed"> {
  const [first] = keys;
  if (first !== undefined && keys.length === 1) return recordDamaged(store, first);
  const names = keys.slice(0, NAMED).join(", ");
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : "";
  return new KeyrailError(
    "IntegrityFailed",
    `${keys.length} records in ${store} were damaged or changed outside Keyrail: ${names}${more}. All other keys were listed.`,
    { ...(first === undefined ? {} : { key: first }), store },
  );
}

/** `IntegrityFailed` of the store's header or structure. */
export function storeDamaged(store: string, what: string, cause?: unknown): KeyrailError<"IntegrityFailed"> {
  return new KeyrailError(
    "IntegrityFailed",
    `The key store ${store} is damaged (${what}); restore it from a backup.`,
    { store },
    { cause },
  );
}

/** `WrongPassphrase`: the secret given does not open the store. */
export function wrongPassphrase(store: string, message: string): KeyrailError<"WrongPassphrase"> {
  return new KeyrailError("WrongPassphrase", message, { store });
}

/** `IdempotencyConflict`: the mark names another request. */
export function idempotencyConflict(idempotencyKey: string): KeyrailError<"IdempotencyConflict"> {
  return new KeyrailError(
    "IdempotencyConflict",
    `The idempotency key "${idempotencyKey}" was used for another request; use a new one for a new key.`,
    { idempotencyKey },
  );
}

/** `KeyNotFound`: the key of an earlier call with this mark is gone. */
export function settledKeyRemoved(idempotencyKey: string, key: string): KeyrailError<"KeyNotFound"> {
  return new KeyrailError(
    "KeyNotFound",
    `The key that idempotency key "${idempotencyKey}" made was removed since; use a new one to make another key.`,
    { key },
  );
}

/** `Aborted` before a queued write began. */
export function abortedBeforeWrite(signal: AbortSignal): KeyrailError<"Aborted"> {
  const reason: unknown = signal.reason;
  return new KeyrailError(
    "Aborted",
    "The call was aborted before anything was written.",
    {},
    { retry: "safe", cause: reason },
  );
}

/** `Closed`: the store was closed before the key was kept; nothing was. */
export function closedBeforeWrite(): KeyrailError<"Closed"> {
  return new KeyrailError(
    "Closed",
    "The memory store was closed before the key was kept.",
    { what: "software::memory:" },
    { retry: "safe" },
  );
}
