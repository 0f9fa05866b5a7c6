export { startEncedoEmulator, type EncedoEmulator } from "./emulator.ts";
export type { EncedoEmulatorOptions, EncedoFixtures, FixtureKey } from "./options.ts";
export type { EmulatorClock } from "./clock.ts";
export { QUIRK_NAMES, QUIRKS, type QuirkName, type Quirks } from "./quirks.ts";
export { FaultPlan, type ActiveFaultRule, type Fault, type FaultRule } from "./control/fault-plan.ts";
export { RequestLog, type RequestCounters, type RequestRecord } from "./control/request-log.ts";
