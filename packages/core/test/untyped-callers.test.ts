/** What callers without types may give: refused before the adapter is called, in a sentence, with a code. */

import { describe, expect, it } from "vitest";
import { createProvider, isKeyrailError, KeyrailError } from "../src/index.ts";
import { echoAdapter } from "./support/echo-adapter.ts";
import { callUntyped, failure, open, signerOf } from "./support/echo-calls.ts";

describe("requests of untyped callers", () => {
  it.each<[string, () => unknown]>([
    ["a text", () => "hi"],
    ["numbers", () => [1, 2]],
    ["an ArrayBuffer", () => new ArrayBuffer(2)],
    ["a DataView", () => new DataView(new ArrayBuffer(2))],
    ["other words", () => new Uint16Array(2)],
    ["a proxy of bytes", () => new Proxy(new Uint8Array(2), {})],
    ["an object that only looks like bytes", () => Object.create(Uint8Array.prototype)],
    [
      "bytes whose buffer was transferred away",
      () => {
        const sent = new Uint8Array(2);
        structuredClone(sent, { transfer: [sent.buffer] });
        return sent;
      },
    ],
  ])("refuses %s where bytes are wanted", async (_title, make) => {
    const { adapter, provider } = open();
    const request = { key: "k0", algorithm: "Ed25519", message: make() };
    const error = await failure(callUntyped(signerOf(provider).sign, request));
    expect(error).toMatchObject({ code: "InvalidRequest", context: { path: "message" } });
    expect(adapter.calls).toEqual([]);
  });

  it.each<[unknown, string | undefined, string]>([
    [7, undefined, "The request is not valid: expected object."],
    ["all", undefined, "The request is not valid: expected object."],
    [{ pagesize: 1 }, undefined, 'The request is not valid: unknown member "pagesize".'],
    [{ pageSize: 0 }, "pageSize", '"pageSize" is not valid: expected at least 1.'],
    [{ pageSize: "9" }, "pageSize", '"pageSize" is not valid: expected number.'],
    [{ pageSize: 1.5 }, "pageSize", '"pageSize" is not valid: expected a whole number.'],
    [{ timeout: 0 }, "timeout", '"timeout" is not valid: expected more than 0.'],
    [{ timeout: Infinity }, "timeout", '"timeout" is not valid: expected a finite number.'],
  ])("refuses %j as options of a listing", async (options, path, text) => {
    const { adapter, provider } = open();
    const listing = provider.catalog?.list;
    if (listing === undefined) throw new Error("no catalog");
    const all = (given: never): Promise<unknown> => Array.fromAsync(listing(given));
    const error = await failure(callUntyped(all, options));
    expect(error.code).toBe("InvalidRequest");
    expect(error.message).toBe(text);
    expect(error.context).toMatchObject(path === undefined ? {} : { path });
    expect(adapter.calls).toEqual([]);
  });

  it("takes views, buffers of Node.js and shared memory as bytes", async () => {
    const { provider } = open();
    const { id: key } = await provider.keys.create({ keyType: "Ed25519", usages: ["sign", "verify"], label: "a" });
    const views = [new Uint8Array(9).subarray(3, 5), Buffer.from("ab"), new Uint8Array(new SharedArrayBuffer(2))];
    for (const view of views) {
      const { signature } = await signerOf(provider).sign({ key, algorithm: "Ed25519", message: view });
      expect(signature).toHaveLength(64);
    }
  });

  it.each([undefined, null, "ticket", {}, { version: 1, provider: "echo" }])(
    "refuses %j as a ticket",
    async (ticket) => {
      const resumed: unknown[] = [];
      const resume = async (given: unknown): Promise<never> => {
        resumed.push(given);
        throw new Error("unreachable");
      };
      const { approvals } = createProvider({ ...echoAdapter(), approvals: { resume } });
      if (approvals === undefined) throw new Error("no approvals");
      const error = await failure(callUntyped(approvals.resume, ticket));
      expect(error).toMatchObject({ code: "InvalidRequest", context: { path: "ticket" } });
      expect(resumed).toEqual([]);
    },
  );
});

it("an error's context has the type of its code", () => {
  const error: unknown = new KeyrailError("LimitExceeded", "Too long.", { limit: "label", maximum: 8, actual: 9 });
  if (!isKeyrailError(error)) throw new Error("not an error of Keyrail");
  // That this compiles is the test.
  const maximum: number | undefined = error.code === "LimitExceeded" ? error.context.maximum : undefined;
  expect(maximum).toBe(8);
});
