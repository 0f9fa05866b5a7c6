/** The same calls get the same answers whichever vendor the configuration names. */

import { calculateJwkThumbprint, createLocalJWKSet, type JSONWebKeySet } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningService } from "../src/service.ts";
import { call, encoded, isRight, type ProblemBody, type Signed } from "./support/client.ts";
import { Place } from "./support/place.ts";
import { VENDOR_NAMES } from "./support/vendors.ts";

const ORDER = "ship 12 crates";
const MESSAGE = encoded(ORDER);

describe.each(VENDOR_NAMES)("the signing service on %s", (vendor) => {
  let place: Place;
  let service: RunningService;

  beforeAll(async () => {
    place = new Place();
    const { provider } = await place.vendor(vendor);
    const file = place.configure("service.json", {
      keys: { orders: { keyType: "Ed25519" }, "team/invoices": { keyType: "Ed25519" } },
      keyrail: { provider: "main", providers: { main: provider }, registry: "registry.sqlite" },
    });
    service = await place.start(file);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const sign = async (alias = "orders"): Promise<Signed> => {
    const { status, body } = await call<Signed>(service.url, `/keys/${encodeURIComponent(alias)}/sign`, {
      message: MESSAGE,
      algorithm: "Ed25519",
    });
    expect(status).toBe(200);
    return body;
  };

  it.each(["orders", "team/invoices"])("signs as %s, and says with which key", async (alias) => {
    const signed = await sign(alias);
    expect(signed).toMatchObject({
      alias,
      version: 1,
      algorithm: "Ed25519",
      key: expect.stringMatching(`^${vendor}:`),
    });
    expect(isRight(Buffer.from(ORDER), signed)).toBe(true);
    expect(isRight(Buffer.from("ship 13 crates"), signed)).toBe(false);
    expect(signed.thumbprint).toBe(await calculateJwkThumbprint(signed.publicKey as never));
  });

  it("verifies what it signed, and nothing else", async () => {
    const { signature, key } = await sign();
    const path = "/keys/orders/verify";
    const question = { message: MESSAGE, algorithm: "Ed25519", signature };
    expect((await call(service.url, path, question)).body).toEqual({ valid: true, alias: "orders", version: 1, key });
    for (const other of [{ message: encoded("x") }, { signature: encoded("x".repeat(64)) }, { signature: "AA" }]) {
      expect((await call(service.url, path, { ...question, ...other })).body).toEqual({
        valid: false,
        alias: "orders",
      });
    }
  });

  it("gives the public key, also in the key set that anybody may read", async () => {
    const { key, publicKey, thumbprint } = await sign();
    expect((await call(service.url, "/keys/orders")).body).toEqual({
      alias: "orders",
      version: 1,
      key,
      keyType: "Ed25519",
      publicKey,
      thumbprint,
    });
    const set = await call<JSONWebKeySet>(service.url, "/.well-known/jwks.json", undefined, {
      headers: { authorization: "" },
    });
    expect(set.body.keys).toHaveLength(2);
    const found = await createLocalJWKSet(set.body)({ alg: "EdDSA", kid: thumbprint });
    expect(found).toMatchObject({ type: "public" });
  });

  it("is healthy", async () => {
    const { status, body } = await call(service.url, "/health", undefined, { headers: { authorization: "" } });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: "ok", parts: [{ name: "main" }, { name: "registry" }] },
    });
  });

  it("refuses what the key can't do, in the words of the vendor's own declaration", async () => {
    const { status, body } = await call<ProblemBody>(service.url, "/keys/orders/sign", {
      message: MESSAGE,
      algorithm: "ES256",
    });
    expect({ status, code: body.code }).toEqual({ status: 422, code: "UnsupportedCapability" });
    expect(body.detail).toMatch(/ES256/);
  });

  it("makes no second key when it starts again", async () => {
    const before = await sign();
    await service.stop();
    service = await place.start(`${place.folder}/service.json`);
    expect(await sign()).toMatchObject({ key: before.key, version: 1 });
  });
});
