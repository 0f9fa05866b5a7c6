/** Time in the emulator: the outside clock, the device's real-time clock (RTC) and scaled waiting. */

import { setTimeout as sleep } from "node:timers/promises";

import { UNSET_CLOCK_START } from "./assumptions.ts";

/** A source of time. `Date` is one; tests bring their own. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Waiting, in device milliseconds. */
export class Waiting {
  /** Real milliseconds per device millisecond: 1 is real time, 0 never waits. */
  readonly scale: number;

  constructor(scale: number) {
    this.scale = scale;
  }

  /** Waits that many device milliseconds; ends early, without an error, when `signal` is aborted. */
  async for(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const real = milliseconds * this.scale;
    if (real <= 0 || isAborted(signal)) return;
    try {
      await sleep(real, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (!isAborted(signal)) throw error;
    }
  }
}

/**
 * The device's real-time clock. It is unset after a power loss, set by a check-in, and may run at
 * another rate than the outside clock.
 */
export class RealTimeClock {
  readonly #source: EmulatorClock;
  #sourceAnchor: number;
  #deviceAnchor = UNSET_CLOCK_START * 1000;
  #rate: number;
  #set = false;

  constructor(source: EmulatorClock, rate: number) {
    this.#source = source;
    this.#sourceAnchor = source.now();
    this.#rate = rate;
  }

  /** Whether the clock was set since the last power loss. */
  get isSet(): boolean {
    return this.#set;
  }

  /** Device seconds per outside second. */
  get rate(): number {
    return this.#rate;
  }

  /** Device time in milliseconds since the epoch. */
  milliseconds(): number {
    return this.#deviceAnchor + (this.#source.now() - this.#sourceAnchor) * this.#rate;
  }

  /** Device time in whole seconds since the epoch. */
  seconds(): number {
    return Math.floor(this.milliseconds() / 1000);
  }

  /** Sets the clock to a unix time in seconds. */
  set(seconds: number): void {
    this.#anchor(seconds * 1000);
    this.#set = true;
  }

  /** Moves the clock by that many seconds, forward or back. */
  shift(seconds: number): void {
    this.#anchor(this.milliseconds() + seconds * 1000);
  }

  /** Changes the rate from now on. */
  setRate(rate: number): void {
    this.#anchor(this.milliseconds());
    this.#rate = rate;
  }

  /** Forgets the time, as a power loss does. */
  unset(): void {
    this.#anchor(UNSET_CLOCK_START * 1000);
    this.#set = false;
  }

  #anchor(deviceMilliseconds: number): void {
    this.#deviceAnchor = deviceMilliseconds;
    this.#sourceAnchor = this.#source.now();
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
