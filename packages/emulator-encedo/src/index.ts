export { startEncedoEmulator, type EncedoEmulator } from "./emulator.ts";
export type { EncedoEmulatorOptions, EncedoFixtures, FixtureKey } from "./options.ts";
export type { EmulatorClock } from "./clock.ts";
export { QUIRK_NAMES, QUIRKS, type QuirkName, type Quirks } from "./quirks.ts";
export type { FaultPlan, ActiveFaultRule, Fault, FaultRule } from "./control/fault-plan.ts";
export type { RequestLog, RequestCounters, RequestRecord } from "./control/request-log.ts";
export type { DeviceControls, DeviceState } from "./control/device-controls.ts";
export type { DeviceJob, DeviceModel } from "./device/device.ts";
export type { SettableConfig } from "./device/config.ts";
export type { DeviceKeyType } from "./keymgmt/key-types.ts";
export type { KeyMode } from "./keymgmt/key-record.ts";
export type { CheckinReply } from "./system/checkin-service.ts";
export type {
  ApprovalPolicy,
  EmulatedAuthenticator,
  PairingReply,
  PendingApproval,
} from "./external-auth/authenticator.ts";
/** What the documentation of the device leaves open, and what the emulator does there. */
export * as assumptions from "./assumptions.ts";
