import path from "node:path";
import type { Encrypted } from "@keyrail/core";
import { describe, expect, test } from "vitest";
import { collect } from "./support/collect.ts";
import { openDfns, openFleet } from "./support/fleet.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const message = text("ship 12 crates");

describe("a key is found", () => {
  test("by alias, by version and by URI in any spelling", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry } = fleet;
    const first = await fleet.key("old", "payments", {});
    const second = await fleet.key("next", "payments", {});
    expect(await router.resolve("payments")).toEqual({
      alias: "payments",
      version: 2,
      key: second.uri,
      provider: "next",
    });
    expect(await router.resolve("payments@1")).toEqual({
      alias: "payments",
      version: 1,
      key: first.uri,
      provider: "old",
    });
    expect(await router.resolve(first.uri)).toEqual({ key: first.uri, provider: "old" });
    const relative = `software:${path.relative(process.cwd(), path.join(fleet.folder, "old.sqlite"))}/${first.id}`;
    expect((await router.resolve(relative)).provider).toBe("old");
    expect((await router.keys.getPublic(relative)).equals(await router.keys.getPublic("payments@1"))).toBe(true);
    expect(router.registry).toBe(registry);
  });

  test("or it is said why not", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry, old, next } = fleet;
    await registry.setAlias("elsewhere", "encedo://hem.example/1");
    await expect(router.resolve("missing")).rejects.toMatchObject({
      code: "KeyNotFound",
      message: "There is no alias missing.",
    });
    await expect(router.keys.getPublic("elsewhere")).rejects.toMatchObject({
      code: "KeyNotFound",
      message: `The key encedo://hem.example/1, which the alias elsewhere names, is at no provider of this router: it has old (${old.uri}), next (${next.uri}).`,
    });
    // A store whose path only begins the same is another store.
    await expect(router.keys.getPublic(`${old.uri}/deeper/1`)).rejects.toMatchObject({ code: "KeyNotFound" });
    await expect(router.keys.getPublic("Payments")).rejects.toMatchObject({ code: "InvalidRequest" });
    await expect(router.keys.getPublic("")).rejects.toMatchObject({ code: "InvalidRequest" });
    // A JavaScript caller may give no request at all.
    const untyped: { sign(request?: unknown): Promise<unknown> } = router.signer;
    for (const request of [undefined, null, 7, {}, { key: 7 }]) {
      await expect(untyped.sign(request)).rejects.toMatchObject({ code: "InvalidRequest" });
    }
    const { uri } = await fleet.key("old", "payments", {});
    const port: { decrypt(request?: unknown): Promise<unknown> } = router.cipher;
    for (const key of ["payments", uri]) {
      await expect(port.decrypt({ key })).rejects.toMatchObject({ code: "InvalidRequest" });
    }
    const keys: { create(request?: unknown, options?: unknown): Promise<unknown> } = fleet.routerWith({
      defaultProvider: "old",
    }).keys;
    const create = { keyType: "Ed25519", usages: ["sign"], label: "x" };
    for (const options of [7, "next", { timeout: -1 }, { unknown: 1 }]) {
      await expect(keys.create(create, options)).rejects.toMatchObject({ code: "InvalidRequest" });
    }
  });
});

describe("after a cut-over", () => {
  test("the new key signs, and what the old one signed still verifies", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry } = fleet;
    const old = await fleet.key("old", "payments", { keyType: "secp256k1" });
    const before = await router.sign({ key: "payments", algorithm: "ES256K", message });
    expect(before.route).toEqual({ alias: "payments", version: 1, key: old.uri, provider: "old" });
    const next = await router.keys.create(
      { keyType: "Ed25519", usages: ["sign", "verify"], label: "next" },
      { provider: "next" },
    );
    await registry.cutOver([{ alias: "payments", from: old.uri, to: next.uri }]);
    const after = await router.sign({ key: "payments", algorithm: "Ed25519", message });
    expect(after.route).toMatchObject({ version: 2, provider: "next" });
    const { verifier } = router;
    const earlier = { key: "payments", algorithm: "ES256K", message, signature: before.signature } as const;
    const current = { key: "payments", algorithm: "Ed25519", message, signature: after.signature } as const;
    expect(await verifier.verify(current)).toBe(true);
    expect(await verifier.verify(earlier)).toBe(true);
    expect(await verifier.verify({ ...earlier, message: text("ship 13 crates") })).toBe(false);
    expect(await verifier.verify({ ...current, message: text("ship 13 crates") })).toBe(false);
    expect(await verifier.verify({ ...earlier, key: "payments@1" })).toBe(true);
    // The key of one version alone answers for it, and in its own words.
    await expect(verifier.verify({ ...earlier, key: "payments@2" })).rejects.toMatchObject({
      code: "UnsupportedCapability",
    });
    await using strict = fleet.routerWith({ earlierVersions: 0 });
    await expect(strict.verifier.verify(earlier)).rejects.toMatchObject({ code: "UnsupportedCapability" });
    // When no key can answer, the current one's words are the answer.
    await expect(verifier.verify({ ...earlier, algorithm: "ES512" })).rejects.toMatchObject({
      code: "UnsupportedCapability",
      context: { keyType: "Ed25519" },
    });
  });

  test("only so many earlier keys are tried, each once", async () => {
    await using fleet = await openFleet(":memory:");
    const { registry } = fleet;
    const keys = [];
    for (let index = 0; index < 4; index += 1)
      keys.push(await fleet.key(index % 2 === 0 ? "old" : "next", "payments", {}));
    const [first, second] = keys;
    // Back and forth: the same two keys again and again take no place of others.
    await registry.setAlias("payments", second?.uri ?? "");
    await registry.setAlias("payments", keys[3]?.uri ?? "");
    await using two = fleet.routerWith({ earlierVersions: 2 });
    await using three = fleet.routerWith({ earlierVersions: 3 });
    const { signature } = await two.sign({ key: first?.uri ?? "", algorithm: "Ed25519", message });
    const request = { key: "payments", algorithm: "Ed25519", message, signature } as const;
    expect(await two.verifier.verify(request)).toBe(false);
    expect(await three.verifier.verify(request)).toBe(true);
  });

  test("a key that is gone is passed over, a provider that can't be asked is an error", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry, next } = fleet;
    const gone = await fleet.key("old", "payments", {});
    const kept = await fleet.key("old", "payments", {});
    const { signature } = await router.sign({ key: kept.uri, algorithm: "Ed25519", message });
    await fleet.key("old", "payments", {});
    const current = await fleet.key("next", "payments", {});
    await router.catalog.remove("payments@1");
    await expect(router.keys.getPublic(gone.uri)).rejects.toMatchObject({ code: "KeyNotFound" });
    const request = { key: "payments", algorithm: "Ed25519", message, signature } as const;
    expect(await router.verifier.verify(request)).toBe(true);
    // This router has not the provider of the earlier keys: they are out of the question.
    await using without = fleet.routerWith({ providers: { next } });
    expect(await without.verifier.verify(request)).toBe(false);
    expect((await without.resolve("payments")).key).toBe(current.uri);
    await fleet.old.close();
    await expect(router.verifier.verify(request)).rejects.toMatchObject({ code: "Closed" });
    await registry.setAlias("payments", kept.uri);
    await expect(router.verifier.verify(request)).rejects.toMatchObject({ code: "Closed" });
  });

  test("MACs, ciphertexts and wrapped keys of the old key are still read", async () => {
    await using fleet = await openFleet(":memory:");
    const { router } = fleet;
    await fleet.key("old", "mac", { keyType: "HMAC-SHA-256", usages: ["mac"] });
    await fleet.key("old", "data", { keyType: "AES-256", usages: ["encrypt", "wrap"] });
    const tag = await router.mac.mac({ key: "mac", algorithm: "HS256", message });
    const cipher = { key: "data", algorithm: "A256GCM" } as const;
    const encrypted = await router.cipher.encrypt({ ...cipher, plaintext: message });
    const padded = await router.cipher.encrypt({ key: "data", algorithm: "A256CBC", plaintext: message });
    const wrapped = await router.keyWrap.wrap({
      key: "data",
      algorithm: "A256KW",
      plaintext: new Uint8Array(32).fill(7),
    });
    await fleet.key("next", "mac", { keyType: "HMAC-SHA-256", usages: ["mac"] });
    await fleet.key("next", "data", { keyType: "AES-256", usages: ["encrypt", "wrap"] });

    expect(await router.mac.verifyMac({ key: "mac", algorithm: "HS256", message, tag })).toBe(true);
    expect(await router.mac.verifyMac({ key: "mac", algorithm: "HS256", message: text("x"), tag })).toBe(false);
    expect(await router.mac.mac({ key: "mac", algorithm: "HS256", message })).not.toEqual(tag);
    expect(await router.cipher.decrypt({ ...cipher, ...encrypted })).toEqual(message);
    expect(await router.keyWrap.unwrap({ key: "data", algorithm: "A256KW", wrapped })).toEqual(
      new Uint8Array(32).fill(7),
    );
    const broken: Encrypted = { ...encrypted, ciphertext: encrypted.ciphertext.map((byte) => byte ^ 1) };
    await expect(router.cipher.decrypt({ ...cipher, ...broken })).rejects.toMatchObject({ code: "DecryptionFailed" });
    // Without a tag a wrong key may look right: only the version that is named decrypts.
    const unauthenticated = router.cipher.decrypt({ key: "data", algorithm: "A256CBC", ...padded });
    const garbage = await unauthenticated.catch((error: unknown) => error);
    expect(garbage).not.toEqual(message);
    expect(await router.cipher.decrypt({ key: "data@1", algorithm: "A256CBC", ...padded })).toEqual(message);
  });

  test("encapsulated secrets are opened by the version that is named", async () => {
    await using fleet = await openFleet(":memory:");
    const { kem } = fleet.router;
    await fleet.key("old", "kem", { keyType: "ML-KEM-768", usages: ["encapsulate"] });
    const { ciphertext, sharedSecret } = await kem.encapsulate({ key: "kem", algorithm: "ML-KEM-768" });
    await fleet.key("next", "kem", { keyType: "ML-KEM-768", usages: ["encapsulate"] });
    expect(await kem.decapsulate({ key: "kem", algorithm: "ML-KEM-768", ciphertext })).not.toEqual(sharedSecret);
    expect(await kem.decapsulate({ key: "kem@1", algorithm: "ML-KEM-768", ciphertext })).toEqual(sharedSecret);
  });

  test("an opened key and a route stay with their key", async () => {
    await using fleet = await openFleet(":memory:");
    const { router } = fleet;
    await fleet.key("old", "payments", {});
    const route = await router.resolve("payments");
    using opened = await router.opener.open("payments");
    await fleet.key("next", "payments", {});
    const signed = opened.sign({ algorithm: "Ed25519", message });
    const verify = { algorithm: "Ed25519", message, signature: signed.signature } as const;
    expect(await router.verifier.verify({ ...verify, key: route.key })).toBe(true);
    expect(await router.verifier.verify({ ...verify, key: "payments@2" })).toBe(false);
  });

  test("under load every signature is by the key it names", { timeout: 60_000 }, async () => {
    await using fleet = await openFleet(":memory:");
    const { router, registry } = fleet;
    const keys = [await fleet.key("old", "payments", {}), await fleet.key("next", "payments", {})];
    const uris = keys.map(({ uri }) => uri);
    const done = new AbortController();
    let signed = 0;
    const used = new Set<string>();
    const worker = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const { signature, route } = await router.sign({ key: "payments", algorithm: "Ed25519", message });
        used.add(route.provider);
        signed += 1;
        expect(await router.verifier.verify({ key: route.key, algorithm: "Ed25519", message, signature })).toBe(true);
      }
    };
    const workers = Array.from({ length: 20 }, worker);
    for (let index = 0; index < 300; index += 1) {
      const [from = "", to = ""] = index % 2 === 0 ? uris.toReversed() : uris;
      await registry.cutOver([{ alias: "payments", from, to }]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    done.abort();
    await Promise.all(workers);
    expect(signed).toBeGreaterThan(300);
    expect([...used].sort()).toEqual(["next", "old"]);
  });
});

describe("keys", () => {
  test("are made at the provider that is named, or at the default one", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, old, next } = fleet;
    const request = { keyType: "Ed25519", usages: ["sign"], label: "new" } as const;
    await expect(router.keys.create(request)).rejects.toMatchObject({
      code: "InvalidRequest",
      message: "Say where the key is to be made: { provider } with one of old, next.",
    });
    await expect(router.keys.create(request, { provider: "none" })).rejects.toMatchObject({
      message: 'The router has no provider named "none"; it has old, next.',
    });
    const options = { provider: "next", idempotencyKey: "intent 1", timeout: 20_000 } as const;
    const made = await router.keys.create(request, options);
    expect(made.uri.startsWith(next.uri)).toBe(true);
    expect((await router.keys.create(request, options)).uri).toBe(made.uri);
    await using defaulted = fleet.routerWith({ defaultProvider: "old" });
    expect((await defaulted.keys.create(request)).uri.startsWith(old.uri)).toBe(true);
    const publicKey = await router.keys.getPublic(made.uri);
    const imported = await defaulted.keys.import({ kind: "public", publicKey, usages: ["verify"], label: "copy" });
    expect(imported.uri.startsWith(old.uri)).toBe(true);
    expect(router.at("old")).toBe(old);
  });

  test("are derived where their source is, with peers by alias, also of another provider", async () => {
    await using fleet = await openFleet(":memory:");
    const { router, old } = fleet;
    await fleet.key("old", "own", { keyType: "X25519", usages: ["agree", "derive"] });
    await fleet.key("old", "here", { keyType: "X25519", usages: ["agree"] });
    await fleet.key("next", "there", { keyType: "X25519", usages: ["agree", "derive"] });
    const agree = (key: string, peer: string): Promise<Uint8Array> =>
      router.agreement.agree({ key, algorithm: "X25519", peer: { key: peer } });
    expect(await agree("own", "there")).toEqual(await agree("there", "own"));
    expect(await agree("own", "here")).toEqual(await agree("here", "own@1"));
    const derived = await router.keys.derive({
      kind: "ecdh",
      key: "own",
      peer: { key: "there" },
      keyType: "HMAC-SHA-256",
      usages: ["mac"],
      label: "derived",
    });
    expect(derived.uri.startsWith(old.uri)).toBe(true);
    const master = await fleet.key("next", "master", {
      keyType: "secp256k1",
      usages: ["derive"],
      hierarchical: "BIP32",
    });
    const child = await router.keys.derive({
      kind: "hd",
      key: "master",
      path: "m/0/1",
      usages: ["sign", "verify"],
      label: "child",
    });
    expect(child.hierarchical?.parent ?? master.uri).toBe(master.uri);
  });

  test("are listed over all providers, renamed by alias, and removed by what can't move", async () => {
    await using fleet = await openFleet(":memory:");
    const { router } = fleet;
    const first = await fleet.key("old", "one", {});
    const second = await fleet.key("next", "two", {});
    expect((await collect(router.catalog.list())).map(({ uri }) => uri)).toEqual([first.uri, second.uri]);
    expect((await collect(router.catalog.list({ provider: "next" }))).map(({ uri }) => uri)).toEqual([second.uri]);
    expect((await collect(router.catalog.search({ label: "one" }))).map(({ uri }) => uri)).toEqual([first.uri]);
    await router.catalog.rename({ key: "two", label: "renamed" });
    expect((await router.catalog.get("two")).label).toBe("renamed");
    await expect(router.catalog.remove("one")).rejects.toMatchObject({
      code: "InvalidRequest",
      message: "Which key the alias one names may change at any moment: remove a key by its URI, or by NAME@VERSION.",
    });
    await router.catalog.remove("one@1");
    await router.catalog.remove(second.uri);
    expect(await collect(router.catalog.list())).toEqual([]);
  });

  test("are exported by alias", async () => {
    await using fleet = await openFleet(":memory:");
    await fleet.key("next", "open", { extractable: true });
    expect(await fleet.router.keyExport.export("open")).toMatchObject({ kind: "private" });
  });
});

describe("a port the provider has not", () => {
  test("is refused in the words of its declaration", async () => {
    await using dfns = await openDfns();
    await using fleet = await openFleet(":memory:", { mpc: dfns.provider });
    const { router } = fleet;
    const { uri } = await fleet.key("mpc", "chain", { keyType: "secp256k1", usages: ["sign"] });
    const refused = router.mac.mac({ key: "chain", algorithm: "HS256", message });
    await expect(refused).rejects.toMatchObject({
      code: "UnsupportedCapability",
      context: { provider: "dfns", operation: "mac" },
      message: expect.stringMatching(
        new RegExp(`^The alias chain names ${uri}, which is at the provider "mpc"\\. Dfns can't `),
      ),
    });
    await expect(router.opener.open(uri)).rejects.toMatchObject({
      code: "UnsupportedCapability",
      message: `The key ${uri} is at the provider "mpc". Dfns can't open keys for use in this process.`,
    });
    // And what it has works: a signature of a remote provider, by alias.
    const { signature } = await router.signer.sign({ key: "chain", algorithm: "ES256K", message });
    expect(signature).toHaveLength(64);
  });

  test("checks signatures here where the provider checks none, for the current key as for earlier ones", async () => {
    await using dfns = await openDfns();
    await using fleet = await openFleet(":memory:", { mpc: dfns.provider });
    const { router } = fleet;
    await fleet.key("old", "chain", { keyType: "secp256k1" });
    const before = await router.sign({ key: "chain", algorithm: "ES256K", message });
    await fleet.key("mpc", "chain", { keyType: "secp256k1", usages: ["sign"] });
    const after = await router.sign({ key: "chain", algorithm: "ES256K", message });
    expect(after.route.provider).toBe("mpc");
    const request = { key: "chain", algorithm: "ES256K", message } as const;
    const { verifier } = router;
    expect(await verifier.verify({ ...request, signature: after.signature })).toBe(true);
    expect(await verifier.verify({ ...request, signature: before.signature })).toBe(true);
    expect(await verifier.verify({ ...request, signature: after.signature, message: text("x") })).toBe(false);
    await expect(
      verifier.verify({ ...request, key: "chain@2", algorithm: "Ed25519", signature: after.signature }),
    ).rejects.toMatchObject({ code: "UnsupportedCapability" });
  });

  test("approvals go to the provider of the ticket", async () => {
    await using dfns = await openDfns();
    await using fleet = await openFleet(":memory:", { mpc: dfns.provider });
    const { approvals } = fleet.router;
    await fleet.key("mpc", "chain", { keyType: "Ed25519", usages: ["sign"] });
    await fleet.key("old", "local", {});
    dfns.emulator.policies.add({ action: "RequestApproval" });
    const asked = await approvals.requestSignature({ key: "chain", algorithm: "Ed25519", message });
    if (asked.status !== "pending") expect.fail("It did not wait.");
    expect(await approvals.resume(asked.ticket)).toMatchObject({ status: "pending" });
    dfns.emulator.approve(asked.ticket.approval ?? expect.fail("no approval"));
    expect(await approvals.resume(asked.ticket)).toMatchObject({ status: "done" });
    await expect(approvals.requestSignature({ key: "local", algorithm: "Ed25519", message })).rejects.toMatchObject({
      code: "UnsupportedCapability",
    });
  });
});
