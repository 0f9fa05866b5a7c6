import { startDfnsEmulator } from "@keyrail/emulator-dfns";
import { expect, test } from "vitest";
import { ApiClient, errorOf } from "./support/api-client.ts";

test("the window slides; Retry-After says when the next request is let through", async () => {
  let now = 1_700_000_000_000;
  await using emulator = await startDfnsEmulator({ requestsPerMinute: 4, now: () => now });
  const client = new ApiClient(emulator);
  // A mutating call costs three.
  expect((await client.call("POST", "/keys", { scheme: "EdDSA", curve: "ed25519" })).status).toBe(200);
  now += 10_000;
  expect((await client.get("/keys")).status).toBe(200);
  const limited = await client.get("/keys");
  expect(errorOf(limited)).toMatchObject({ status: 429, message: "Too Many Requests" });
  expect(limited.headers["retry-after"]).toBe("50");
  now += 49_001;
  expect((await client.get("/keys")).headers["retry-after"]).toBe("1");
  now += 999;
  // The first three have left the window, the fourth has not; refused requests were not counted.
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) statuses.push((await client.get("/keys")).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  client.close();
});

test("the limit is the organisation's, bad tokens don't count, and it can be lifted", async () => {
  await using emulator = await startDfnsEmulator({ requestsPerMinute: 2 });
  const client = new ApiClient(emulator);
  const other = client.as(emulator.organisation.addUser({}));
  for (let count = 0; count < 5; count++) await client.send("GET", "/keys", { authorization: "Bearer x" });
  expect([
    (await client.get("/keys")).status,
    (await other.get("/keys")).status,
    (await other.get("/keys")).status,
  ]).toEqual([200, 200, 429]);
  emulator.rateLimiter.requestsPerMinute = "unlimited";
  expect((await client.get("/keys")).status).toBe(200);
  client.close();
  other.close();
});

test("the documented 1000 a minute by default", async () => {
  await using emulator = await startDfnsEmulator();
  const client = new ApiClient(emulator);
  const counts = new Map<number, number>();
  for (let count = 0; count < 1005; count++) {
    const { status } = await client.get("/key-stores");
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ 200: 1000, 429: 5 });
  client.close();
});
