/** `system/selftest`, `reboot` and `shutdown` (fact sheet, section 7). */

import { LOG_RESULTS, LOG_TYPES } from "../logger/audit-log.ts";
import { SELFTEST_DURATION, SHUTDOWN_LEAD } from "../limits.ts";
import { overBoth } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { empty, json } from "../transport/messages.ts";

const selftest = route({
  method: "GET",
  path: "/api/system/selftest",
  ...overBoth("any", { kind: "token" }),
  body: NO_BODY,
  async handle({ device, token }) {
    await device.waiting.for(SELFTEST_DURATION);
    device.selftestAt = device.clock.seconds();
    const passed = device.flsState === 0;
    device.audit(
      passed ? LOG_TYPES.selftestPassed : LOG_TYPES.unsafeState,
      passed ? LOG_RESULTS.ok : LOG_RESULTS.failed,
      token?.subject ?? "",
      "",
    );
    return json({
      fls_state: device.flsState,
      selftest_ts: device.selftestAt,
      repo_stats: {
        total: device.keys.size,
        deleted: device.keys.deleted,
        invalid: 0,
        fragmented: 0,
        freeslots: device.keys.free,
      },
    });
  },
});

const reboot = route({
  method: "GET",
  path: "/api/system/reboot",
  ...overBoth("idle", {
    kind: "scope",
    prefixes: ["system:config", "system:upgrade", "system:shutdown"],
    roles: ["U", "M", "Ext"],
    openWhenUninitialised: true,
  }),
  body: NO_BODY,
  handle({ device }) {
    return { ...empty(), afterwards: () => void device.waiting.for(SHUTDOWN_LEAD).then(() => device.reboot()) };
  },
});

const shutdown = route({
  method: "GET",
  path: "/api/system/shutdown",
  ...overBoth("idle", { kind: "scope", prefixes: ["system:config", "system:shutdown"], roles: ["U", "M", "Ext"] }),
  body: NO_BODY,
  handle({ device }) {
    return { ...empty(), afterwards: () => void device.waiting.for(SHUTDOWN_LEAD).then(() => device.shutDown()) };
  },
});

/** The endpoints that test, restart or stop the device. */
export const POWER_ROUTES: readonly Route[] = [selftest, reboot, shutdown];
