/** Builds a device from options and, where there is one, the state file. */

import { randomBytes } from "node:crypto";

import { DEFAULT_CAPACITY } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import type { EmulatorCertificates } from "../certificates/authority.ts";
import { RealTimeClock, Waiting, type EmulatorClock } from "../clock.ts";
import { KeyRepository } from "../keymgmt/repository.ts";
import { CLOCK_GAIN } from "../limits.ts";
import { AuditLog } from "../logger/audit-log.ts";
import type { EncedoEmulatorOptions } from "../options.ts";
import { resolveQuirks } from "../quirks.ts";
import { deriveLoginPublicKey } from "../session/login-seed.ts";
import { factoryConfig, type DeviceConfig } from "./config.ts";
import { Device } from "./device.ts";
import { addFixtureKeys, addTlsRecords } from "./fixture-keys.ts";
import { DeviceIdentity } from "./identity.ts";
import { readState, writeState, type Passphrases, type StoredState } from "./state-file.ts";

const FIRMWARE = "Encedo nGINE FW v1.2.2";

/** A device and the passphrases that open it. */
export interface BuiltDevice {
  readonly device: Device;
  readonly passphrases: Passphrases;
}

/** Builds the device: from the state file when it exists, else from the fixtures. */
export async function buildDevice(
  options: EncedoEmulatorOptions,
  clock: EmulatorClock,
  certificates: EmulatorCertificates,
): Promise<BuiltDevice> {
  const { fixtures = {}, stateFile } = options;
  const stored = stateFile === undefined ? undefined : readState(stateFile);
  const random = options.random ?? ((length: number) => new Uint8Array(randomBytes(length)));
  const quirks = resolveQuirks(options.quirks);
  const identity = new DeviceIdentity(
    stored?.identity.agreementKey ?? fixtures.identityPrivateKey ?? new Uint8Array(randomBytes(32)),
    stored?.identity.signingKey ?? fixtures.signingPrivateKey ?? new Uint8Array(randomBytes(32)),
    stored?.identity.serial ?? new Uint8Array(randomBytes(8)),
  );
  const passphrases = stored?.passphrases ?? {
    user: fixtures.userPassphrase ?? randomPassphrase(),
    master: fixtures.masterPassphrase ?? randomPassphrase(),
  };
  const realTimeClock = new RealTimeClock(clock, quirks.clockGains ? CLOCK_GAIN : 1);
  if (options.clockSet !== false) realTimeClock.set(clock.now() / 1000);
  const log = new AuditLog(identity.signingKey, FIRMWARE);
  log.restore(stored?.logs ?? []);
  const device = new Device({
    model: options.model ?? "PPA",
    identity,
    config: stored?.config ?? (await fixtureConfig(options, identity.eid, passphrases, realTimeClock.seconds())),
    keys: new KeyRepository(options.capacity ?? DEFAULT_CAPACITY),
    log,
    clock: realTimeClock,
    outsideClock: clock,
    waiting: new Waiting(options.timeScale ?? 1),
    quirks,
    firmware: FIRMWARE,
    bootNumber: stored?.bootNumber ?? 0,
    random,
    ...(fixtures.sessionPrivateKey === undefined ? {} : { sessionPrivateKey: fixtures.sessionPrivateKey }),
    persist: (changed) => {
      if (stateFile !== undefined) writeState(stateFile, changed, passphrases);
    },
  });
  if (stored === undefined) addInitialKeys(device, options, certificates);
  else restoreKeys(device, stored);
  device.persist();
  return { device, passphrases };
}

async function fixtureConfig(
  options: EncedoEmulatorOptions,
  eid: string,
  passphrases: Passphrases,
  now: number,
): Promise<DeviceConfig> {
  const { fixtures = {}, initialised = true } = options;
  const config = { ...factoryConfig(), ...fixtures.config };
  if (!initialised) return config;
  const [user, master] = await Promise.all([
    fixtures.userPublicKey ?? deriveLoginPublicKey(passphrases.user, eid),
    fixtures.masterPublicKey ?? deriveLoginPublicKey(passphrases.master, eid),
  ]);
  return {
    ...config,
    user: fixtures.config?.user ?? "Emulated user",
    instanceid: crypto.randomUUID(),
    userkey: encodeBase64(user),
    masterkey: encodeBase64(master),
    initialisedAt: now,
    updatedAt: now,
  };
}

function addInitialKeys(device: Device, options: EncedoEmulatorOptions, certificates: EmulatorCertificates): void {
  addTlsRecords(device, certificates);
  addFixtureKeys(device, options.fixtures?.keys ?? []);
}

function restoreKeys(device: Device, stored: StoredState): void {
  for (const record of stored.keys) device.keys.add(record);
  device.keys.restoreTombstones(stored.tombstones);
}

function randomPassphrase(): string {
  return randomBytes(18).toString("base64url");
}
