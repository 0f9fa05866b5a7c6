/** `storage/*`: locks of the mass storage disks (fact sheet, section 1, endpoint matrix). */

import { refuse } from "../refusal.ts";
import { overBoth } from "../routing/presets.ts";
import { NO_BODY, route, type Route, type RouteContext } from "../routing/route.ts";
import { empty, type DeviceResponse } from "../transport/messages.ts";

type DiskState = "rw" | "ro" | "-";

/** A storage endpoint; `choose` picks the state, given whether the scope allows writing. */
function storageRoute(path: string, choose: (mayWrite: boolean) => DiskState): Route {
  return route({
    method: "GET",
    path,
    // The role test is done in the handler, since a defect disables it.
    ...overBoth("initialised", { kind: "scope", prefixes: ["storage:disk"], roles: ["U", "M", "Ext"] }),
    body: NO_BODY,
    handle: (context) => setDisk(context, choose),
  });
}

/** The storage endpoints; absent on a device without mass storage. */
export const STORAGE_ROUTES: readonly Route[] = [
  storageRoute("/api/storage/lock", () => "-"),
  storageRoute("/api/storage/unlock", (mayWrite) => (mayWrite ? "rw" : "ro")),
  storageRoute("/api/storage/unlock/rw", (mayWrite) => (mayWrite ? "rw" : refuse(403))),
  storageRoute("/api/storage/unlock/ro", () => "ro"),
];

function setDisk({ device, token }: RouteContext, choose: (mayWrite: boolean) => DiskState): DeviceResponse {
  const scope = /^storage:disk([0-9])(:rw)?$/.exec(token?.scope ?? "") ?? refuse(403);
  if (token?.role !== "U" && !device.quirks.storageRoleUnchecked) refuse(403);
  const disk = Number(scope[1]);
  const state = choose(scope[2] !== undefined);
  if (disk >= device.storage.length) refuse(406);
  device.storage[disk] = state;
  return empty();
}
