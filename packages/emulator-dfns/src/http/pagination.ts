import { z } from "zod";
import { badRequest } from "../api-error.ts";
import { defaultPageSize, maximumPageSize } from "../assumptions.ts";

/** `limit` and `paginationToken` of every list (fact sheet, sections 4 and 10). */
export interface PageQuery {
  readonly limit?: string;
  readonly paginationToken?: string;
}

export const pageQueryFields: {
  readonly limit: z.ZodExactOptional<z.ZodString>;
  readonly paginationToken: z.ZodExactOptional<z.ZodString>;
} = {
  limit: z.string().regex(/^\d+$/).exactOptional(),
  paginationToken: z.string().min(1).exactOptional(),
};

/** An entity in a list that only grows; `sequence` is its position. */
export interface Sequenced {
  readonly sequence: number;
}

export interface Page<Entity> {
  readonly items: readonly Entity[];
  readonly nextPageToken?: string;
}

/**
 * A page of `all` (oldest first), newest first, of the entities `wanted` keeps. Entities added between two pages do not
 * shift them: the token names the last entity seen.
 * @throws ApiError 400 for a limit of 0 or above the maximum or for a token that is none.
 */
export function page<Entity extends Sequenced>(
  all: readonly Entity[],
  query: PageQuery,
  wanted: (entity: Entity) => boolean,
): Page<Entity> {
  const limit = query.limit === undefined ? defaultPageSize : Number(query.limit);
  if (limit < 1 || limit > maximumPageSize) throw badRequest(`limit must be 1 to ${maximumPageSize}`);
  const items: Entity[] = [];
  // A token of another list, or one made up, may name a place behind the end: looking there would take for ever.
  const before = query.paginationToken === undefined ? all.length : decodeToken(query.paginationToken);
  let position = Math.min(before, all.length) - 1;
  for (; position >= 0; position--) {
    const entity = all[position];
    if (entity === undefined || !wanted(entity)) continue;
    if (items.length === limit) break;
    items.push(entity);
  }
  const last = items.at(-1);
  return position >= 0 && last !== undefined ? { items, nextPageToken: encodeToken(last.sequence) } : { items };
}

const PREFIX = "before:";

function encodeToken(sequence: number): string {
  return Buffer.from(`${PREFIX}${sequence}`).toString("base64url");
}

function decodeToken(token: string): number {
  const text = Buffer.from(token, "base64url").toString("utf8");
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : "";
  if (!/^\d{1,15}$/.test(digits)) throw badRequest("paginationToken is not valid");
  return Number(digits);
}
