/** `keymgmt/list`, `search` and `get` (fact sheet, section 5). */

import { z } from "zod";

import { BOTH_ANCHORS_MEAN_EQUAL, STATUS_EMPTY_NEEDLE, STATUS_LIST_BUSY, STATUS_SEARCH_BUSY } from "../assumptions.ts";
import { decodeBase64, encodeBase64, equalBytes } from "../bytes.ts";
import type { Device } from "../device/device.ts";
import { ANONYMOUS_NEEDLE_MINIMUM, NEEDLE_LIMIT, PAGE_LIMIT } from "../limits.ts";
import { refuse } from "../refusal.ts";
import { kidField } from "../routing/fields.ts";
import { keymgmt } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { json, type DeviceResponse } from "../transport/messages.ts";
import { getTypeString, listTypeString, type KeyRecord } from "./key-record.ts";

/** What a search compares descriptions with. */
interface Needle {
  readonly start: boolean;
  readonly end: boolean;
  readonly bytes: Uint8Array;
}

const list = route({
  method: "GET",
  path: "/api/keymgmt/list/:offset?/:count?",
  ...keymgmt("keymgmt:list"),
  body: NO_BODY,
  handle({ device, parameters }) {
    if (device.keys.busy) refuse(STATUS_LIST_BUSY);
    const [offset = 0, count = PAGE_LIMIT] = parameters.map(readDecimal);
    const records = visibleRecords(device);
    return page(device, records.slice(offset, offset + Math.min(count, PAGE_LIMIT)), offset, records.length);
  },
});

const search = route({
  method: "POST",
  path: "/api/keymgmt/search",
  state: "initialised",
  plainHttp: 418,
  access: {
    kind: "scope",
    prefixes: ["keymgmt:search", "keymgmt:list", "auth:ext:pair"],
    roles: ["U", "Ext"],
    anonymous(context, subject) {
      const needle = readNeedle(subject);
      return context.device.config.allow_keysearch && needle.start && needle.bytes.length >= ANONYMOUS_NEEDLE_MINIMUM;
    },
  },
  order: "subject-first",
  subject(_context, body) {
    if (typeof body.descr !== "string") refuse(400);
    readNeedle(body.descr);
    return body.descr;
  },
  body: z.object({ descr: z.string(), offset: z.int().min(0).optional(), limit: z.int().min(0).optional() }),
  handle({ device }, body) {
    if (device.keys.busy) refuse(STATUS_SEARCH_BUSY);
    const needle = readNeedle(body.descr);
    if (needle.bytes.length > NEEDLE_LIMIT) refuse(406);
    const { offset = 0, limit = PAGE_LIMIT } = body;
    const records = visibleRecords(device);
    const matches = records.filter((record) => matchesNeedle(record.description, needle));
    const total = device.quirks.searchTotalCountsRepository ? records.length : matches.length;
    return page(device, matches.slice(offset, offset + Math.min(limit, PAGE_LIMIT)), offset, total);
  },
});

const get = route({
  method: "GET",
  path: "/api/keymgmt/get/:kid",
  ...keymgmt(),
  access: { kind: "scope", prefixes: ["keymgmt:get", "keymgmt:gen"], use: true, roles: ["U", "Ext"] },
  body: NO_BODY,
  handle({ device, parameters }) {
    const kid = kidField.safeParse(parameters[0]);
    if (!kid.success) refuse(400);
    const record = device.keys.find(kid.data) ?? refuse(406);
    return json({
      type: getTypeString(record),
      ...exportedKey(record),
      updated: record.updated,
      ...getExtras(device, record),
    });
  },
});

/** The endpoints that read the repository. */
export const BROWSE_ROUTES: readonly Route[] = [list, search, get];

function visibleRecords(device: Device): readonly KeyRecord[] {
  const records = device.keys.records();
  return device.quirks.tlsRecordsListed ? records : records.filter((record) => record.type !== "GENERIC_DER");
}

/** The envelope of list and search. */
function page(device: Device, records: readonly KeyRecord[], offset: number, total: number): DeviceResponse {
  return json({ offset, deleted: device.keys.deleted, total, listed: records.length, list: records.map(listEntry) });
}

function listEntry(record: KeyRecord): Record<string, unknown> {
  return {
    kid: record.kid,
    created: record.created,
    type: listTypeString(record),
    label: record.label,
    ...descriptionMember(record),
    updated: record.updated,
  };
}

function descriptionMember(record: KeyRecord): { descr?: string } {
  return record.description.length === 0 ? {} : { descr: encodeBase64(record.description) };
}

function exportedKey(record: KeyRecord): { pubkey?: string; der?: string } {
  if (record.publicKey === undefined) return {};
  return record.flags.has("CERT")
    ? { der: encodeBase64(record.publicKey) }
    : { pubkey: encodeBase64(record.publicKey) };
}

function getExtras(device: Device, record: KeyRecord): { label?: string; descr?: string } {
  return device.quirks.getOmitsLabelAndDescription ? {} : { label: record.label, ...descriptionMember(record) };
}

/** A decimal path argument; 406 for anything but digits. */
function readDecimal(text: string): number {
  if (!/^[0-9]+$/.test(text)) refuse(406);
  return Number(text);
}

/** Reads `^b64`, `b64$`, `^b64$` or `b64`; 400 when it is none of them or empty. */
function readNeedle(text: string): Needle {
  const start = text.startsWith("^");
  const end = text.endsWith("$");
  const bytes = decodeBase64(text.slice(start ? 1 : 0, end ? -1 : undefined));
  if (bytes === undefined) refuse(400);
  if (bytes.length === 0) refuse(STATUS_EMPTY_NEEDLE);
  return { start, end, bytes };
}

function matchesNeedle(description: Uint8Array, needle: Needle): boolean {
  const { bytes } = needle;
  const atStart = equalBytes(description.subarray(0, bytes.length), bytes);
  const atEnd = equalBytes(description.subarray(Math.max(0, description.length - bytes.length)), bytes);
  if (needle.start && needle.end) return BOTH_ANCHORS_MEAN_EQUAL ? equalBytes(description, bytes) : atStart && atEnd;
  if (needle.start) return atStart;
  return needle.end ? atEnd : Buffer.from(description).includes(bytes);
}
