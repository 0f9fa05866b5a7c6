/** Calls on keys that several tests make. */

import type { Answer } from "./device-client.ts";
import type { Fixture } from "./fixture.ts";

/** One entry of a list or a search. */
export interface Entry {
  readonly kid: string;
  readonly created: number;
  readonly updated: number;
  readonly type: string;
  readonly label: string;
  readonly descr?: string;
}

/** `keymgmt/create`. */
export async function create(fixture: Fixture, body: Record<string, unknown>): Promise<Answer> {
  return fixture.client.post(
    "/api/keymgmt/create",
    { label: "a key", ...body },
    { token: await fixture.user("keymgmt:gen") },
  );
}

/** `keymgmt/create`, its kid. */
export async function createKid(fixture: Fixture, type: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await create(fixture, { type, ...more });
  if (answer.status !== 200) throw new Error(`create answered ${answer.status}`);
  return String(answer.json.kid);
}

/** `keymgmt/import`. */
export async function importKey(fixture: Fixture, body: Record<string, unknown>): Promise<Answer> {
  return fixture.client.post(
    "/api/keymgmt/import",
    { label: "imported", ...body },
    { token: await fixture.user("keymgmt:imp") },
  );
}

/** `keymgmt/derive`. */
export async function derive(fixture: Fixture, body: Record<string, unknown>): Promise<Answer> {
  return fixture.client.post(
    "/api/keymgmt/derive",
    { label: "derived", ...body },
    { token: await fixture.user("keymgmt:derive") },
  );
}

/** `keymgmt/get`. */
export async function get(fixture: Fixture, kid: string): Promise<Answer> {
  return fixture.client.get(`/api/keymgmt/get/${kid}`, { token: await fixture.user("keymgmt:get") });
}

/** Public key of a key. */
export async function publicKey(fixture: Fixture, kid: string): Promise<Buffer> {
  return Buffer.from(String((await get(fixture, kid)).json.pubkey), "base64");
}

/** `keymgmt/list` with its path arguments. */
export async function list(fixture: Fixture, path = ""): Promise<Answer> {
  return fixture.client.get(`/api/keymgmt/list${path}`, { token: await fixture.user("keymgmt:list") });
}

/** The entry of a kid in the first pages of the list. */
export async function entry(fixture: Fixture, kid: string): Promise<Entry> {
  for (let offset = 0; ; offset += 15) {
    const entries = entriesOf(await list(fixture, `/${offset}`));
    const found = entries.find((candidate) => candidate.kid === kid);
    if (found !== undefined) return found;
    if (entries.length === 0) throw new Error(`${kid} is not in the list`);
  }
}

/** The entries of a list or search answer. */
export function entriesOf(answer: Answer): readonly Entry[] {
  return answer.json.list as readonly Entry[];
}

/** `keymgmt/search`. */
export async function search(fixture: Fixture, body: Record<string, unknown>): Promise<Answer> {
  return fixture.client.post("/api/keymgmt/search", body, { token: await fixture.user("keymgmt:search") });
}

/** `keymgmt/update`. */
export async function update(fixture: Fixture, body: Record<string, unknown>): Promise<Answer> {
  return fixture.client.post("/api/keymgmt/update", body, { token: await fixture.user("keymgmt:upd") });
}

/** `keymgmt/delete`. */
export async function remove(fixture: Fixture, kid: string): Promise<Answer> {
  return fixture.client.call("DELETE", `/api/keymgmt/delete/${kid}`, { token: await fixture.user("keymgmt:del") });
}

/** A crypto endpoint on one key. */
export async function use(
  fixture: Fixture,
  path: string,
  body: Record<string, unknown> & { kid: string },
): Promise<Answer> {
  return fixture.client.post(`/api/crypto/${path}`, body, { token: await fixture.user(`keymgmt:use:${body.kid}`) });
}
