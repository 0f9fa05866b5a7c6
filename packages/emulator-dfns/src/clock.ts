/** The emulator's own time: every expiry and every rate-limit window reads it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves the emulator's time forward by so many milliseconds. */
  advance(milliseconds: number): void;
}

/** @param source milliseconds since 1970; the system clock by default. */
export function createClock(source: () => number = Date.now): Clock {
  let offset = 0;
  return {
    now: () => source() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
  };
}

/** ISO 8601 in UTC with milliseconds, as all dates of the API (fact sheet, section 1). */
export function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
