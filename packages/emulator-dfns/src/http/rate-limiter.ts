import { ApiError } from "../api-error.ts";
import { rateLimitWindowMs } from "../assumptions.ts";
import type { Clock } from "../clock.ts";

/** Requests of the organisation in a sliding window of 60 s (fact sheet, sections 10 and 12). */
export class RateLimiter {
  /** Start of the oldest request still counted is `#times[#first]`; what lies before has left the window. */
  #times: number[] = [];
  #first = 0;
  readonly #clock: Clock;
  /** Requests in a window; changed at run time by the control endpoint. */
  requestsPerMinute: number | "unlimited";

  constructor(clock: Clock, requestsPerMinute: number | "unlimited") {
    this.#clock = clock;
    this.requestsPerMinute = requestsPerMinute;
  }

  /** Counts one request. @throws ApiError 429 with `Retry-After`; a refused request is not counted. */
  admit(): void {
    if (this.requestsPerMinute === "unlimited") return;
    const now = this.#clock.now();
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? now) <= now - rateLimitWindowMs)
      this.#first++;
    if (this.#first > 4096) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    if (this.#times.length - this.#first >= this.requestsPerMinute) {
      const oldest = this.#times[this.#first] ?? now;
      const seconds = Math.max(1, Math.ceil((oldest + rateLimitWindowMs - now) / 1000));
      throw tooManyRequests(seconds);
    }
    this.#times.push(now);
  }
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, "Too Many Requests", undefined, { "retry-after": String(retryAfterSeconds) });
}
