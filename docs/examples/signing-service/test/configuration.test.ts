/** A service that is configured wrongly does not start, and says why in one sentence. */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isLoopback } from "../src/http/bearer-token.ts";
import { call } from "./support/client.ts";
import { Place } from "./support/place.ts";

const place = new Place();
afterAll(() => place[Symbol.asyncDispose]());

const KEYRAIL = { provider: "software::memory:", registry: ":memory:" };
const problemOf = (parts: Readonly<Record<string, unknown>>): Promise<unknown> =>
  place.start(place.configure("wrong.json", parts)).then(
    () => "it started",
    (error: unknown) => error,
  );

describe("the service does not start", () => {
  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ["with a member nobody knows", { keyrail: KEYRAIL, tokenfile: "x" }, "", /tokenfile/],
    ["without providers", {}, "keyrail", /keyrail/],
    ["with a misspelt member of Keyrail", { keyrail: { ...KEYRAIL, registri: "x" } }, "registri", /no such member/],
    [
      "with a key type that signs nothing it knows",
      { keyrail: KEYRAIL, keys: { a: { keyType: "AES-256" } } },
      "keys.a.keyType",
      /./,
    ],
    ["with a port that is none", { keyrail: KEYRAIL, listen: { port: 70_000 } }, "listen.port", /./],
    [
      "without a token where others can reach it",
      { keyrail: KEYRAIL, tokenFile: undefined, listen: { host: "0.0.0.0", port: 0 } },
      "tokenFile",
      /not on 0\.0\.0\.0/,
    ],
    ["with a token file that is not there", { keyrail: KEYRAIL, tokenFile: "none" }, "tokenFile", /none/],
    [
      "with keys and no provider to make them at",
      { keyrail: { registry: ":memory:", providers: { m: "software::memory:" } }, keys: { a: { keyType: "P-256" } } },
      "keyrail.provider",
      /where is a to be made/,
    ],
  ])("%s", async (_title, parts, where, message) => {
    expect(await problemOf(parts)).toMatchObject({
      code: "InvalidConfiguration",
      context: where === "" ? {} : { path: where },
      message: expect.stringMatching(message),
    });
  });

  it("with a token that can be guessed", async () => {
    writeFileSync(path.join(place.folder, "short"), "0123456789abcde\n");
    expect(await problemOf({ keyrail: KEYRAIL, tokenFile: "short" })).toMatchObject({
      message: expect.stringMatching(/less than 16/),
    });
  });

  it("without a file, or with one that is not JSON", async () => {
    await expect(place.start(path.join(place.folder, "nowhere.json"))).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
    writeFileSync(path.join(place.folder, "broken.json"), "{");
    await expect(place.start(path.join(place.folder, "broken.json"))).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
  });

  it("with a key the provider can't make", async () => {
    const { provider } = await place.vendor("dfns");
    const keyrail = { provider: "main", providers: { main: provider }, registry: ":memory:" };
    expect(await problemOf({ keyrail, keys: { orders: { keyType: "ML-DSA-65" } } })).toMatchObject({
      code: "UnsupportedCapability",
    });
  });
});

describe("the environment", () => {
  it("says provider, host and port over the file", async () => {
    const file = place.configure("service.json", {
      keys: { orders: { keyType: "P-256" } },
      keyrail: { provider: "nobody", registry: ":memory:" },
    });
    const { url } = await place.start(file, {
      SIGNING_SERVICE_PROVIDER: "software::memory:",
      SIGNING_SERVICE_HOST: "127.0.0.2",
      SIGNING_SERVICE_PORT: "0",
    });
    expect(new URL(url).hostname).toBe("127.0.0.2");
    expect((await call(url, "/keys/orders")).body).toMatchObject({ key: expect.stringMatching(/^software:/) });
    await expect(place.start(file, { SIGNING_SERVICE_PORT: "eighty" })).rejects.toMatchObject({
      context: { path: "listen.port" },
    });
  });

  it("decides nothing about who is on this machine", () => {
    expect(["127.0.0.1", "127.8.8.8", "::1", "localhost"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0", "::", "127.0.0.1.example.org", "10.0.0.1", "128.0.0.1"].map(isLoopback)).toEqual(
      Array(5).fill(false),
    );
  });

  it("may leave the token out on loopback", async () => {
    const { url } = await place.start(place.configure("open.json", { keyrail: KEYRAIL, tokenFile: undefined }));
    expect((await call(url, "/keys/orders", undefined, { headers: { authorization: "" } })).status).toBe(404);
  });
});
