/** The judge: the vendor's own client. Every method of its keys and signers clients, with the outcome asserted. */

import { generateKeyPairSync } from "node:crypto";
import type { DfnsApiClient } from "@dfns/sdk";
import { AsymmetricKeySigner } from "@dfns/sdk-keysigner";
import { DfnsApiClient as OfficialClient } from "@dfns/sdk";
import { BaseAuthApi } from "@dfns/sdk/baseAuthApi.js";
import { DfnsError } from "@dfns/sdk/dfnsError.js";
import { type CredentialKind, type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { KeysClient } from "@dfns/sdk/generated/keys/client.js";
import { SignersClient } from "@dfns/sdk/generated/signers/client.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encryptionKeyOf, importBody, openExport, orders, publicKeyHex, randomScalar } from "./support/share-client.ts";
import { officialClient } from "./support/sdk.ts";

let emulator: DfnsEmulator;
let sdk: DfnsApiClient;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited", allowDiffieHellman: true });
  sdk = officialClient(emulator);
});
afterAll(() => emulator.close());

/** The methods that this file has called, so that the last test can prove none was left out. */
const called = new Set<string>();
const methodsOf = (client: object): string[] =>
  Object.getOwnPropertyNames(client).filter((name) => name !== "constructor");

function keys(): DfnsApiClient["keys"] {
  return recording(sdk.keys);
}
function signers(): DfnsApiClient["signers"] {
  return recording(sdk.signers);
}
function recording<Client extends object>(client: Client): Client {
  return new Proxy(client, {
    get: (target, name, receiver): unknown => {
      called.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}

async function refusal(promise: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DfnsError) return { status: error.httpStatus, message: error.message };
    throw error;
  }
  throw new Error("the call was not refused");
}

describe("keys", () => {
  test("createKey, getKey, updateKey, listKeys, deleteKey", async () => {
    const key = await keys().createKey({ body: { scheme: "ECDSA", curve: "secp256k1", name: "treasury" } });
    expect(key).toMatchObject({
      scheme: "ECDSA",
      curve: "secp256k1",
      name: "treasury",
      status: "Active",
      custodial: true,
    });
    expect(key.publicKey).toMatch(/^0[23][0-9a-f]{64}$/);
    expect(key.id).toMatch(/^key-[a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{14,16}$/);
    const read = await keys().getKey({ keyId: key.id });
    expect(read).toEqual({
      ...key,
      wallets: [],
      store: { id: expect.any(String), kind: "Mpc", keyId: expect.any(String) },
    });
    expect(await keys().updateKey({ keyId: key.id, body: { name: "renamed" } })).toEqual({ ...key, name: "renamed" });
    expect(await keys().updateKey({ keyId: key.id, body: { name: null } })).not.toHaveProperty("name");
    expect((await keys().listKeys()).items.map(({ id }) => id)).toContain(key.id);
    const deleted = await keys().deleteKey({ keyId: key.id });
    expect(deleted).toMatchObject({ id: key.id, status: "Archived", dateDeleted: expect.stringMatching(/Z$/) });
    expect((await keys().getKey({ keyId: key.id })).status).toBe("Archived");
    expect(await refusal(keys().deleteKey({ keyId: key.id }))).toEqual({ status: 400, message: "Key is archived" });
  });

  test("delegateKey, and the end user then sees the key", async () => {
    const endUser = emulator.organisation.addUser({ kind: "EndUser" });
    const key = await keys().createKey({ body: { scheme: "EdDSA", curve: "ed25519", delayDelegation: true } });
    const theirs = officialClient(emulator, endUser);
    expect(await refusal(theirs.keys.getKey({ keyId: key.id }))).toMatchObject({ status: 404 });
    const body = { delegateTo: endUser.userId };
    expect(await keys().delegateKey({ keyId: key.id, body })).toEqual({ keyId: key.id, status: "Delegated" });
    expect(await theirs.keys.getKey({ keyId: key.id })).toMatchObject({ id: key.id, custodial: false });
    expect(await refusal(keys().delegateKey({ keyId: key.id, body }))).toMatchObject({ status: 400 });
    expect((await keys().listKeys({ query: { owner: endUser.username } })).items.map(({ id }) => id)).toEqual([key.id]);
  });

  test("deriveKey is deterministic and depends on domain, seed and key", async () => {
    const key = await keys().createKey({ body: { scheme: "DH", curve: "secp256k1" } });
    const derive = async (keyId: string, domain: string, seed: string): Promise<string> =>
      (await keys().deriveKey({ keyId, body: { domain, seed } })).output;
    const output = await derive(key.id, "0x6162", "0x01");
    expect(output).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await derive(key.id, "0x6162", "01")).toBe(output);
    const other = await keys().createKey({ body: { scheme: "DH", curve: "secp256k1" } });
    const others = [
      await derive(key.id, "0x6163", "0x01"),
      await derive(key.id, "0x6162", "0x02"),
      await derive(other.id, "0x6162", "0x01"),
    ];
    expect(new Set([output, ...others]).size).toBe(4);
  });

  test("importKey and exportKey carry a key in and out", async () => {
    const cluster = (await signers().listSigners()).clusters[0];
    const secret = randomScalar(orders.stark);
    const { curve, minSigners, encryptedKeyShares } = importBody("stark", "CGGMP24", secret, cluster?.signers ?? []);
    const body = { curve, minSigners, encryptedKeyShares, protocol: "CGGMP24", name: "moved" } as const;
    const key = await keys().importKey({ body });
    expect(key).toMatchObject({ scheme: "ECDSA", curve: "stark", imported: true, name: "moved" });
    expect(key.publicKey).toBe(publicKeyHex("stark", secret));
    expect(await refusal(keys().importKey({ body }))).toMatchObject({ status: 409 });
    const decryptionKey = randomScalar(orders.secp256k1);
    const exported = await keys().exportKey({
      keyId: key.id,
      body: {
        encryptionKey: encryptionKeyOf(decryptionKey),
        supportedSchemes: [{ protocol: "CGGMP21", curve: "stark" }],
      },
    });
    expect(exported.protocol).toBe("CGGMP21");
    expect(openExport("stark", { ...exported }, decryptionKey).scalar).toBe(secret);
    expect(await keys().getKey({ keyId: key.id })).toMatchObject({ exported: true, dateExported: expect.any(String) });
  });

  test("generateSignature, getSignature, listSignatures", async () => {
    const key = await keys().createKey({ body: { scheme: "EdDSA", curve: "ed25519" } });
    const message = Buffer.from("official");
    const body = { kind: "Message", message: `0x${message.toString("hex")}`, externalId: "once" } as const;
    const first = await keys().generateSignature({ keyId: key.id, body });
    expect(first).toMatchObject({ keyId: key.id, status: "Signed", requestBody: body, externalId: "once" });
    const wire = Buffer.from(`${first.signature?.r.slice(2) ?? ""}${first.signature?.s.slice(2) ?? ""}`, "hex");
    expect(ed25519.verify(wire, message, Buffer.from(key.publicKey, "hex"))).toBe(true);
    expect(await keys().generateSignature({ keyId: key.id, body })).toEqual(first);
    expect(await keys().getSignature({ keyId: key.id, signatureId: first.id })).toEqual(first);
    const second = await keys().generateSignature({ keyId: key.id, body: { kind: "Hash", hash: "11".repeat(32) } });
    const listed = await keys().listSignatures({ keyId: key.id });
    expect(listed.keyId).toBe(key.id);
    expect(listed.items.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  test("a signature pending approval is signed when an approver decides", async () => {
    const key = await keys().createKey({ body: { scheme: "ECDSA", curve: "secp256k1" } });
    const policy = emulator.policies.add({ action: "RequestApproval", keyId: key.id });
    const body = { kind: "Hash", hash: `0x${"ab".repeat(32)}` } as const;
    const pending = await keys().generateSignature({ keyId: key.id, body });
    expect(pending).toMatchObject({ status: "Pending", approvalId: expect.stringMatching(/^ap-/) });
    expect(pending).not.toHaveProperty("signature");
    const approvalId = pending.approvalId ?? "";
    expect(await sdk.policies.getApproval({ approvalId })).toMatchObject({ id: approvalId, status: "Pending" });
    const decision = { approvalId, body: { value: "Approved" } } as const;
    expect(await refusal(sdk.policies.createApprovalDecision(decision))).toMatchObject({ status: 403 });
    const approver = officialClient(emulator, emulator.organisation.addUser({}));
    expect(await approver.policies.createApprovalDecision(decision)).toMatchObject({ status: "Approved" });
    const signed = await keys().getSignature({ keyId: key.id, signatureId: pending.id });
    expect(signed.status).toBe("Signed");
    const wire = Buffer.from(`${signed.signature?.r.slice(2) ?? ""}${signed.signature?.s.slice(2) ?? ""}`, "hex");
    const hash = Buffer.from("ab".repeat(32), "hex");
    expect(secp256k1.verify(wire, hash, Buffer.from(key.publicKey, "hex"), { prehash: false })).toBe(true);

    const denied = await keys().generateSignature({ keyId: key.id, body });
    emulator.deny(denied.approvalId ?? "", "not today");
    expect(await keys().getSignature({ keyId: key.id, signatureId: denied.id })).toMatchObject({
      status: "Rejected",
      reason: "not today",
    });
    emulator.policies.clear(policy);
  });

  test("pagination over 1,000 keys meets every key once, newest first", async () => {
    const owner = emulator.organisation.addUser({ kind: "EndUser" });
    const created: string[] = [];
    const create = async (): Promise<void> => {
      const key = await keys().createKey({ body: { scheme: "EdDSA", curve: "ed25519", delegateTo: owner.userId } });
      created.push(key.id);
    };
    for (let batch = 0; batch < 20; batch++) await Promise.all(Array.from({ length: 51 }, create));
    const seen: string[] = [];
    const pages: number[] = [];
    const dates: string[] = [];
    let paginationToken: string | undefined;
    do {
      const page = await keys().listKeys({
        query: { limit: 300, owner: owner.userId, ...(paginationToken === undefined ? {} : { paginationToken }) },
      });
      pages.push(page.items.length);
      seen.push(...page.items.map(({ id }) => id));
      dates.push(...page.items.map(({ dateCreated }) => dateCreated));
      paginationToken = page.nextPageToken;
    } while (paginationToken !== undefined);
    expect(pages).toEqual([300, 300, 300, 120]);
    expect(new Set(seen)).toEqual(new Set(created));
    expect(seen).toHaveLength(1020);
    expect(dates).toEqual(dates.toSorted().toReversed());
    expect((await keys().listKeys({ query: { owner: owner.userId } })).items).toHaveLength(50);
  });
});

describe("credentials and user actions", () => {
  test.for<CredentialKind>(["Ed25519", "P-256", "secp256k1", "RSA"])(
    "a %s credential signs user actions",
    async (kind) => {
      const user = emulator.organisation.addUser({ isServiceAccount: true, credential: kind });
      const key = await officialClient(emulator, user).keys.createKey({ body: { scheme: "EdDSA", curve: "ed25519" } });
      expect(key.status).toBe("Active");
    },
  );

  test("a credential signing with another key is refused with 401", async () => {
    const user = emulator.organisation.addUser({});
    const { privateKey } = generateKeyPairSync("ed25519");
    const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const impostor = officialClient(emulator, { ...user, privateKeyPem });
    const body = { scheme: "EdDSA", curve: "ed25519" } as const;
    expect(await refusal(impostor.keys.createKey({ body }))).toMatchObject({ status: 401 });
  });

  test("a credential id of another user is refused by the SDK before it signs", async () => {
    const user = emulator.organisation.addUser({});
    const mixed = officialClient(emulator, { ...user, credId: emulator.credId });
    const body = { scheme: "EdDSA", curve: "ed25519" } as const;
    expect(await refusal(mixed.keys.createKey({ body }))).toMatchObject({ status: -1 });
  });

  test("a token of another organisation is refused by the SDK before it sends", async () => {
    const client = new OfficialClient({ baseUrl: emulator.url, authToken: emulator.authToken, orgId: "or-other" });
    await expect(client.keys.listKeys()).rejects.toThrow(/not scoped to org ID/);
  });

  test("a reused action is refused with 400", async () => {
    const { authToken, credId } = emulator;
    const options = { baseUrl: emulator.url, authToken };
    const text = JSON.stringify({ scheme: "EdDSA", curve: "ed25519" });
    const challenge = await BaseAuthApi.createUserActionChallenge(
      {
        userActionPayload: text,
        userActionHttpMethod: "POST",
        userActionHttpPath: "/keys",
        userActionServerKind: "Api",
      },
      options,
    );
    const user = emulator.organisation.addUser({});
    const { readFileSync } = await import("node:fs");
    const signer = new AsymmetricKeySigner({ credId, privateKey: readFileSync(emulator.credentialKeyFile, "utf8") });
    const { userAction } = await BaseAuthApi.signUserActionChallenge(
      { challengeIdentifier: challenge.challengeIdentifier, firstFactor: await signer.sign(challenge) },
      options,
    );
    const { userActionFetch } = await import("./support/sdk-fetch.ts");
    const use = (token: string): Promise<{ status: number; message: string }> =>
      userActionFetch("/keys", text, userAction, { baseUrl: emulator.url, authToken: token });
    expect(await use(user.authToken)).toMatchObject({ status: 403 });
    expect(await use(authToken)).toEqual({ status: 200, message: "" });
    expect(await use(authToken)).toEqual({ status: 400, message: "user action has already been used" });
  });
});

describe("signers", () => {
  test("listSigners and listKeyStores", async () => {
    const { clusters } = await signers().listSigners();
    expect(clusters).toHaveLength(1);
    expect(clusters[0]?.signers).toHaveLength(5);
    for (const { signerId, encryptionKey } of clusters[0]?.signers ?? []) {
      expect(Buffer.from(signerId, "base64")).toHaveLength(32);
      expect(Buffer.from(encryptionKey, "base64")).toHaveLength(34);
    }
    const { items } = await signers().listKeyStores();
    expect(items).toEqual([
      { id: expect.stringMatching(/^store-/), kind: "Mpc", name: expect.any(String), primary: true },
    ]);
  });

  test("the offline-signer ceremonies are refused: the store is not of that kind", async () => {
    const storeId = (await signers().listKeyStores()).items[0]?.id ?? "";
    const genesis = {
      kind: "Genesis",
      numProvisioners: 1,
      numSecp256k1: 1,
      numEd25519: 1,
      hsmGenesisSerial: "1",
    } as const;
    const calls = [
      signers().createGenesisInput({ storeId, body: genesis }),
      signers().createCloneInput({ storeId, body: { kind: "Clone", hsmSourceSerial: "1", hsmTargetSerial: "2" } }),
      signers().createProofOfControlInput({ storeId, body: { walletIds: [] } }),
      signers().createOnchainSignInput({ storeId, body: {} }),
    ];
    for (const call of calls) {
      expect(await refusal(call)).toEqual({ status: 400, message: expect.stringContaining("OfflineSigner") });
    }
    expect(await refusal(signers().createGenesisInput({ storeId: "store-none", body: genesis }))).toMatchObject({
      status: 404,
    });
    // The outputs are multipart uploads of what such a ceremony made.
    const file = { name: "output.zip", bytes: new Uint8Array([1]) };
    const fleet = {
      type: "fleet-output",
      version: 1,
      status: "success",
      org_id: "",
      fleet_id: "",
      fleet_label: "",
      keystore_id: "",
      outputs: {},
    } as const;
    const store = {
      type: "keystore-output",
      version: 1,
      status: "success",
      org_id: "",
      fleet_id: "",
      keystore_id: "",
      group_id: "",
      outputs: {},
    } as const;
    const uploads = [
      signers().submitGenesisOutput({ storeId, body: { outputJson: fleet } }, file),
      signers().submitCloneOutput({ storeId, body: { outputJson: fleet } }, file),
      signers().submitProofOfControlOutput({ storeId, body: { outputJson: store } }, file),
      signers().submitOnchainSignOutput({ storeId, body: { outputJson: store } }, file),
    ];
    for (const upload of uploads) expect(await refusal(upload)).toMatchObject({ status: 400 });
  });
});

test("no method of the keys and signers clients was left out", () => {
  const all = [...methodsOf(KeysClient.prototype), ...methodsOf(SignersClient.prototype)];
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter((name) => !called.has(name))).toEqual([]);
});
