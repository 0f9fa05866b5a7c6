/** The actions of the control endpoint: one table, each with the shape of its body. */

import { z } from "zod";

import { decodeBase64 } from "../bytes.ts";
import type { EmulatedAuthenticator } from "../external-auth/authenticator.ts";
import { isDeviceKeyType, type DeviceKeyType } from "../keymgmt/key-types.ts";
import type { FixtureKey } from "../options.ts";
import { QUIRK_NAMES } from "../quirks.ts";
import { modeField } from "../routing/fields.ts";
import type { DeviceControls } from "./device-controls.ts";
import { FaultRuleSchema, type FaultPlan } from "./fault-plan.ts";
import type { RequestLog } from "./request-log.ts";

/** One action: reads its body, throws a `ZodError` for a wrong one, and may answer JSON. */
export type ControlAction = (body: unknown) => unknown;

/** Actions by `METHOD /path`. */
export type ControlActions = ReadonlyMap<string, ControlAction>;

/** What the actions work on. */
export interface ControlTargets {
  readonly controls: DeviceControls;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  readonly serviceRequests: RequestLog;
  readonly authenticator: EmulatedAuthenticator;
  readonly addKeys: (keys: readonly FixtureKey[]) => readonly string[];
}

const NOTHING = z.strictObject({});

const bytes = z.string().transform((text, context) => {
  const decoded = decodeBase64(text);
  if (decoded !== undefined) return decoded;
  context.addIssue({ code: "custom", message: "not base64" });
  return z.NEVER;
});

const keyType = z.string().transform((text, context): DeviceKeyType => {
  if (isDeviceKeyType(text)) return text;
  context.addIssue({ code: "custom", message: "not a key type of the device" });
  return z.NEVER;
});

const Keys = z.strictObject({
  keys: z.array(
    z.strictObject({
      type: keyType,
      label: z.string(),
      mode: modeField.optional(),
      description: bytes.optional(),
      secretKey: bytes.optional(),
    }),
  ),
});

const Clock = z.union([
  z.strictObject({ set: z.number() }),
  z.strictObject({ shift: z.number() }),
  z.strictObject({ rate: z.number().min(0) }),
  z.strictObject({ unset: z.literal(true) }),
]);

const State = z.strictObject({
  flsState: z.int().min(0).max(255).optional(),
  job: z.enum(["install", "format"]).nullable().optional(),
  repositoryBusy: z.boolean().optional(),
});

const Answer = z.strictObject({ eventId: z.string().optional(), lifetime: z.int().min(0).optional() });
const CheckinReply = z.strictObject({ status: z.string(), newcrt: z.string().optional() });

/** The table. Every action answers JSON; one without a result answers `{}`. */
export function controlActions(targets: ControlTargets): ControlActions {
  const { controls, faults, requests, serviceRequests, authenticator } = targets;
  const table = new Map<string, ControlAction>();
  const add = <T>(name: string, body: z.ZodType<T>, run: (value: T) => unknown): void => {
    table.set(name, (value) => run(body.parse(value)));
  };

  add("GET /state", NOTHING, () => ({
    device: controls.state,
    counters: requests.counters,
    services: serviceRequests.counters,
  }));
  add("GET /requests", NOTHING, () => ({ requests: requests.entries, services: serviceRequests.entries }));
  add("DELETE /requests", NOTHING, () => {
    requests.reset();
    serviceRequests.reset();
  });
  add("GET /faults", NOTHING, () => ({ faults: faults.list() }));
  add("POST /faults", FaultRuleSchema, (rule) => ({ id: faults.add(rule) }));
  add("DELETE /faults", NOTHING, () => faults.clear());
  add("POST /device/reboot", z.strictObject({ milliseconds: z.number().min(0).optional() }), ({ milliseconds }) =>
    controls.reboot(milliseconds),
  );
  add("POST /device/power-off", NOTHING, () => controls.powerOff());
  add("POST /device/power-on", NOTHING, () => controls.powerOn());
  add("POST /device/wipe", NOTHING, () => controls.wipe());
  add("POST /device/clock", Clock, (clock) => {
    if ("set" in clock) controls.setClock(clock.set);
    else if ("shift" in clock) controls.shiftClock(clock.shift);
    else if ("rate" in clock) controls.setClockRate(clock.rate);
    else controls.unsetClock();
  });
  add("POST /device/state", State, ({ flsState, job, repositoryBusy }) => {
    if (flsState !== undefined) controls.setFlsState(flsState);
    if (job !== undefined) controls.setJob(job ?? undefined);
    if (repositoryBusy !== undefined) controls.setRepositoryBusy(repositoryBusy);
  });
  add("POST /device/quirks", z.partialRecord(z.enum(QUIRK_NAMES), z.boolean()), (quirks) => {
    for (const name of QUIRK_NAMES) {
      const on = quirks[name];
      if (on !== undefined) controls.setQuirk(name, on);
    }
  });
  add("POST /device/keys", Keys, ({ keys }) => ({ kids: targets.addKeys(keys.map(withoutUndefined)) }));
  add("POST /checkin", CheckinReply, (reply) => controls.setCheckinReply(reply));
  add("GET /authenticator", NOTHING, () => ({ policy: authenticator.policy, pending: authenticator.pending() }));
  add("POST /authenticator/policy", z.strictObject({ policy: z.enum(["manual", "approve", "deny"]) }), ({ policy }) => {
    authenticator.policy = policy;
  });
  add(
    "POST /authenticator/pair",
    z.strictObject({ request: z.string(), label: z.string().optional() }),
    ({ request, label }) => authenticator.pairingReply(request, label),
  );
  add("POST /authenticator/approve", Answer, ({ eventId, lifetime }) => authenticator.approve(eventId, lifetime));
  add("POST /authenticator/deny", Answer, ({ eventId }) => authenticator.deny(eventId));
  return table;
}

type KeyInput = z.output<typeof Keys>["keys"][number];

function withoutUndefined({ mode, description, secretKey, ...key }: KeyInput): FixtureKey {
  return {
    ...key,
    ...(mode === undefined ? {} : { mode }),
    ...(description === undefined ? {} : { description }),
    ...(secretKey === undefined ? {} : { secretKey }),
  };
}
