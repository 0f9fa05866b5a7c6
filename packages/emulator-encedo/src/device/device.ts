/** The device as a whole: the state every endpoint works on, and its boots. */

import { WIPE_RESTARTS } from "../assumptions.ts";
import type { EmulatorClock, RealTimeClock, Waiting } from "../clock.ts";
import type { KeyRepository } from "../keymgmt/repository.ts";
import { LOG_RESULTS, LOG_TYPES, type AuditLog } from "../logger/audit-log.ts";
import { DEFAULT_TOKEN_LIFETIME, REBOOT_DURATION } from "../limits.ts";
import type { Quirks } from "../quirks.ts";
import { LoginThrottle } from "../session/login-throttle.ts";
import { BootSession } from "./boot-session.ts";
import { factoryConfig, type DeviceConfig } from "./config.ts";
import type { DeviceIdentity } from "./identity.ts";

/** Hardware: `PPA` is the USB key, `EPA` the rack module without mass storage. */
export type DeviceModel = "PPA" | "EPA";

/** A long job that makes the device answer 409. */
export type DeviceJob = "install" | "format";

/** Bits of `fls_state` the emulator sets itself (section 7). */
export const FLS_SHUT_DOWN_BY_CHECKIN: number = 0x80;

/** What a device is built from. */
export interface DeviceParts {
  readonly model: DeviceModel;
  readonly identity: DeviceIdentity;
  readonly config: DeviceConfig;
  readonly keys: KeyRepository;
  readonly log: AuditLog;
  readonly clock: RealTimeClock;
  readonly outsideClock: EmulatorClock;
  readonly waiting: Waiting;
  readonly quirks: Quirks;
  readonly firmware: string;
  /** Number of the last boot of an earlier run. */
  readonly bootNumber: number;
  readonly random: (length: number) => Uint8Array;
  /** Session private key of every boot, instead of a fresh one. */
  readonly sessionPrivateKey?: Uint8Array;
  /** Called after each change that must outlive a restart. */
  readonly persist: (device: Device) => void;
}

/** The device. Endpoint handlers are functions over it. */
export class Device {
  readonly model: DeviceModel;
  readonly identity: DeviceIdentity;
  config: DeviceConfig;
  readonly keys: KeyRepository;
  readonly log: AuditLog;
  readonly clock: RealTimeClock;
  readonly outsideClock: EmulatorClock;
  readonly waiting: Waiting;
  readonly quirks: Quirks;
  readonly firmware: string;
  readonly random: (length: number) => Uint8Array;
  readonly throttle: LoginThrottle;
  boot: BootSession;
  /** Self-test fault bits; 0 is healthy. */
  flsState = 0;
  /** Device time of the last self-test, 0 when there was none since the boot. */
  selftestAt = 0;
  /** A running job, during which nearly everything is 409. */
  job: DeviceJob | undefined;
  /** State of each disk in the order of their numbers: read-write, read-only, locked. */
  storage: ("rw" | "ro" | "-")[] = ["-"];
  /** `down` refuses connections. */
  power: "up" | "down" = "up";
  readonly #parts: DeviceParts;
  #retired = false;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    this.model = parts.model;
    this.identity = parts.identity;
    this.config = parts.config;
    this.keys = parts.keys;
    this.log = parts.log;
    this.clock = parts.clock;
    this.outsideClock = parts.outsideClock;
    this.waiting = parts.waiting;
    this.quirks = parts.quirks;
    this.firmware = parts.firmware;
    this.random = parts.random;
    this.throttle = new LoginThrottle(parts.outsideClock, parts.waiting);
    this.boot = this.#newBoot(parts.bootNumber + 1);
    this.log.start(this.clock.seconds(), this.random(32));
  }

  /** Whether a master key is configured: the user key alone can be erased and set again. */
  get isInitialised(): boolean {
    return this.config.masterkey !== undefined;
  }

  /** Whether logins are refused until a check-in sets the clock. */
  get awaitsTrustedTime(): boolean {
    return this.config.trusted_ts && !this.clock.isSet;
  }

  /** Seconds since the epoch at which a token expires that asked for nothing. */
  defaultExpiry(): number {
    return this.clock.seconds() + DEFAULT_TOKEN_LIFETIME;
  }

  /** Device milliseconds since the boot. */
  uptime(): number {
    return this.outsideClock.now() - this.boot.startedAt;
  }

  /** Writes the state file, when there is one and the device was not retired. */
  persist(): void {
    if (!this.#retired) this.#parts.persist(this);
  }

  /** Ends the device's life in this process: a reboot under way no longer writes the state file. */
  retire(): void {
    this.persist();
    this.#retired = true;
  }

  /** Appends to the audit log. */
  audit(type: number, result: number, actor: string, data: string): void {
    this.log.append(this.clock.seconds(), type, result, actor, data);
  }

  /**
   * Starts a new boot at once: tokens and challenges die, faults clear, a new log file begins.
   *
   * @param powerLost the clock is unset too.
   */
  restart(powerLost = false): void {
    this.audit(LOG_TYPES.reboot, LOG_RESULTS.ok, "", "");
    if (powerLost) this.clock.unset();
    this.flsState = 0;
    this.selftestAt = 0;
    this.job = undefined;
    this.storage = this.storage.map(() => "-");
    this.boot = this.#newBoot(this.boot.number + 1);
    this.log.start(this.clock.seconds(), this.random(32));
    this.power = "up";
    this.persist();
  }

  /** Goes down and comes up again after `duration` device milliseconds. */
  async reboot(duration: number = REBOOT_DURATION): Promise<void> {
    this.power = "down";
    await this.waiting.for(duration);
    this.restart();
  }

  /** Goes down until {@link restart}. */
  shutDown(): void {
    this.audit(LOG_TYPES.shutdown, LOG_RESULTS.ok, "", "");
    this.power = "down";
    this.persist();
  }

  /** Erases keys, configuration and logs: the device is uninitialised again. */
  wipe(): void {
    this.keys.wipe((record) => this.quirks.wipeKeepsTlsRecords && record.type === "GENERIC_DER");
    this.config = factoryConfig();
    this.log.erase();
    if (WIPE_RESTARTS) this.restart();
    else this.persist();
  }

  #newBoot(number: number): BootSession {
    return new BootSession({
      number,
      startedAt: this.outsideClock.now(),
      privateKey: this.#parts.sessionPrivateKey ?? this.random(32),
      tokenSecret: this.random(32),
    });
  }
}
