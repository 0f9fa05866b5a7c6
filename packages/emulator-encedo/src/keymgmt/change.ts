/** `keymgmt/update` and `delete` (fact sheet, section 5). */

import { z } from "zod";

import { LOG_TYPES } from "../logger/audit-log.ts";
import { refuse } from "../refusal.ts";
import { bytesField, kidField, labelField, storedDescription } from "../routing/fields.ts";
import { keymgmt } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { empty } from "../transport/messages.ts";

const update = route({
  method: "POST",
  path: "/api/keymgmt/update",
  ...keymgmt("keymgmt:upd"),
  body: z.object({ kid: kidField, label: labelField, descr: bytesField.optional() }),
  auditType: LOG_TYPES.attributesChanged,
  handle(context, body) {
    const { device } = context;
    context.auditData = body.kid;
    const description = storedDescription(body.descr, device.quirks.descriptionLengthUnchecked);
    const record = device.keys.find(body.kid) ?? refuse(406);
    const keeps = body.descr === undefined && !device.quirks.updateClearsDescription;
    device.keys.replace({
      ...record,
      label: body.label,
      description: keeps ? record.description : description,
      updated: device.clock.seconds(),
    });
    device.persist();
    return empty();
  },
});

const remove = route({
  method: "DELETE",
  path: "/api/keymgmt/delete/:kid",
  ...keymgmt("keymgmt:del"),
  plainHttp: 409,
  body: NO_BODY,
  auditType: LOG_TYPES.keyDeleted,
  handle(context) {
    const { device } = context;
    const kid = kidField.safeParse(context.parameters[0]);
    if (!kid.success) refuse(400);
    context.auditData = kid.data;
    if (!device.keys.delete(kid.data, device.boot.number)) refuse(406);
    device.persist();
    return empty();
  },
});

/** The endpoints that change or remove a record. */
export const CHANGE_ROUTES: readonly Route[] = [update, remove];
