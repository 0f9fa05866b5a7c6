/** `system/status` and `version` (fact sheet, section 7). */

import { NO_BODY, route, type Route, type RouteContext } from "../routing/route.ts";
import { open } from "../routing/presets.ts";
import { json } from "../transport/messages.ts";

/** Temperature the device reports, in degrees Celsius. */
const TEMPERATURE = 41;

const status = route({
  method: "GET",
  path: "/api/system/status",
  ...open("any"),
  body: NO_BODY,
  handle(context) {
    const { device } = context;
    return json({
      ctx: device.config.ctx,
      uptime: Math.floor(device.uptime() / 1000),
      temp: TEMPERATURE,
      fls_state: device.flsState,
      ...(device.isInitialised ? {} : { inited: false }),
      ...(hostOf(context) === device.config.hostname ? {} : { hostname: device.config.hostname }),
      ...(device.config.trusted_ts ? {} : { tts: false }),
      ...timeMembers(context),
      ...httpsMember(context),
      ...(device.model === "PPA" ? { storage: storageNames(context) } : {}),
      ...(device.job === "format" ? { format: "running" } : {}),
      ...(device.job === "install" ? { fw_upgrade: "running" } : {}),
    });
  },
});

const version = route({
  method: "GET",
  path: "/api/system/version",
  ...open("any"),
  body: NO_BODY,
  handle({ device, token }) {
    return json({
      hwv: `${device.model} rev 2.2`,
      fwv: device.firmware,
      fwk: "emulated",
      fws: "emulated",
      ...(token === undefined || device.model === "EPA" ? {} : { sd_csd: "00", sd_cid: "00" }),
    });
  },
});

/** The endpoints that tell what the device is and how it is. */
export const STATUS_ROUTES: readonly Route[] = [status, version];

function hostOf({ request }: RouteContext): string {
  return (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
}

function timeMembers({ device }: RouteContext): { ts?: string; time?: number } {
  if (!device.clock.isSet) return {};
  const time = device.clock.seconds();
  return { ts: new Date(time * 1000).toISOString().replace(".000", ""), time };
}

/** Documented for plain HTTP requests; seen on TLS too, and false there. */
function httpsMember({ device, request }: RouteContext): { https?: boolean } {
  if (!request.secure) return { https: true };
  return device.quirks.statusHttpsOverTls ? { https: false } : {};
}

function storageNames({ device }: RouteContext): string[] {
  return device.storage.map((state, index) => `${123_456 + index}:${state}`);
}
