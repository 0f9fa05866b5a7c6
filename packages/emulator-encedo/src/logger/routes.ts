/** `logger/*`: reading the audit log (fact sheet, section 7). */

import { ed25519 } from "@noble/curves/ed25519.js";

import { LOG_DIRECTORY_EXTRA_ENTRIES } from "../assumptions.ts";
import { encodeBase64 } from "../bytes.ts";
import { LOG_LIST_LIMIT } from "../limits.ts";
import { refuse } from "../refusal.ts";
import { overBoth } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { LOG_TYPES } from "./audit-log.ts";

const LOGGER = overBoth("initialised", { kind: "scope", prefixes: ["logger:get"], roles: ["U", "M", "Ext"] });

const key = route({
  method: "GET",
  path: "/api/logger/key",
  ...LOGGER,
  body: NO_BODY,
  handle({ device }) {
    const nonce = device.random(32);
    return json({
      key: encodeBase64(device.identity.signingPublicKey),
      nonce: encodeBase64(nonce),
      nonce_signed: encodeBase64(ed25519.sign(nonce, device.identity.signingKey)),
    });
  },
});

const list = route({
  method: "GET",
  path: "/api/logger/list/:offset?",
  ...LOGGER,
  body: NO_BODY,
  auditType: LOG_TYPES.logListed,
  handle({ device, parameters }) {
    const [offset = "0"] = parameters;
    if (!/^[0-9]+$/.test(offset)) refuse(406);
    const ids = device.log.ids();
    const total = ids.length + (device.quirks.loggerTotalCountsEntries ? LOG_DIRECTORY_EXTRA_ENTRIES : 0);
    return json({ total, id: ids.slice(Number(offset), Number(offset) + LOG_LIST_LIMIT) });
  },
});

const file = route({
  method: "GET",
  path: "/api/logger/:id",
  ...LOGGER,
  body: NO_BODY,
  auditType: LOG_TYPES.logRead,
  handle(context) {
    const { device, parameters } = context;
    const id = (parameters[0] ?? "").toLowerCase();
    context.auditData = id;
    // The file being written can't be read.
    if (id === device.log.currentId || !/^[0-9a-f]{8}$/.test(id)) refuse(406);
    const content = device.log.read(id) ?? refuse(404);
    return { status: 200, text: { contentType: "text/plain", content } };
  },
});

/** The log endpoint of every device. */
export const LOG_KEY_ROUTES: readonly Route[] = [key];

/** The log endpoints of devices with mass storage. */
export const LOG_FILE_ROUTES: readonly Route[] = [list, file];
