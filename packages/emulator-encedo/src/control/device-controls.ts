/** What a test does to the device itself: the hand on its plug, its clock and its firmware. */

import type { Device, DeviceJob } from "../device/device.ts";
import { CLOCK_GAIN } from "../limits.ts";
import type { QuirkName, Quirks } from "../quirks.ts";
import type { CheckinReply, CheckinService } from "../system/checkin-service.ts";

/** State of the device as its controls see it. */
export interface DeviceState {
  readonly power: "up" | "down";
  /** Counts from 1; tokens of an earlier boot are dead. */
  readonly boot: number;
  readonly initialised: boolean;
  readonly flsState: number;
  readonly job: DeviceJob | null;
  readonly repositoryBusy: boolean;
  readonly keys: number;
  readonly clock: {
    readonly set: boolean;
    /** Device time in seconds since the epoch. */
    readonly seconds: number;
    /** Device seconds per outside second. */
    readonly rate: number;
  };
  readonly quirks: Readonly<Quirks>;
}

/** Controls of one device. Everything takes effect at once. */
export class DeviceControls {
  readonly #device: Device;
  readonly #checkin: CheckinService;

  constructor(device: Device, checkin: CheckinService) {
    this.#device = device;
    this.#checkin = checkin;
  }

  /** The state at this moment. */
  get state(): DeviceState {
    const { clock, keys } = this.#device;
    return {
      power: this.#device.power,
      boot: this.#device.boot.number,
      initialised: this.#device.isInitialised,
      flsState: this.#device.flsState,
      job: this.#device.job ?? null,
      repositoryBusy: keys.busy,
      keys: keys.size,
      clock: { set: clock.isSet, seconds: clock.seconds(), rate: clock.rate },
      quirks: { ...this.#device.quirks },
    };
  }

  /**
   * Reboots: tokens die, the clock goes on.
   *
   * @param milliseconds the device is down for that many device milliseconds; without, it is up again at once.
   */
  async reboot(milliseconds?: number): Promise<void> {
    if (milliseconds === undefined) this.#device.restart();
    else await this.#device.reboot(milliseconds);
  }

  /** Pulls the plug: connections are refused until {@link powerOn}. */
  powerOff(): void {
    this.#device.shutDown();
  }

  /** Powers up after a loss of power: a new boot with an unset clock. */
  powerOn(): void {
    this.#device.restart(true);
  }

  /** Erases keys, configuration and logs. */
  wipe(): void {
    this.#device.wipe();
  }

  /** Sets the device clock to a unix time in seconds. */
  setClock(seconds: number): void {
    this.#device.clock.set(seconds);
  }

  /** Moves the device clock by that many seconds. */
  shiftClock(seconds: number): void {
    this.#device.clock.shift(seconds);
  }

  /** Changes how many seconds the device clock makes of one outside second. */
  setClockRate(rate: number): void {
    this.#device.clock.setRate(rate);
  }

  /** Unsets the device clock: logins are 403 until a check-in. */
  unsetClock(): void {
    this.#device.clock.unset();
  }

  /** Latches self-test fault bits (0 clears): nearly everything is 409. */
  setFlsState(bits: number): void {
    this.#device.flsState = bits;
  }

  /** Starts or ends a long job, during which nearly everything is 409. */
  setJob(job: DeviceJob | undefined): void {
    this.#device.job = job;
  }

  /** While busy, list is 406 and search 410. */
  setRepositoryBusy(busy: boolean): void {
    this.#device.keys.busy = busy;
  }

  /** Switches quirks. */
  setQuirk(name: QuirkName, on: boolean): void {
    this.#device.quirks[name] = on;
    if (name === "clockGains") this.setClockRate(on ? CLOCK_GAIN : 1);
  }

  /** What the check-in service answers from now on, besides the time. */
  setCheckinReply(reply: CheckinReply): void {
    this.#checkin.reply = { ...reply };
  }
}
