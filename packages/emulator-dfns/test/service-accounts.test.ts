/** Service accounts made over the API (fact sheet, section 1), with the official SDK. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { DfnsError } from "@dfns/sdk";
import { type AddedUser, type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { officialClient } from "./support/sdk.ts";

let emulator: DfnsEmulator;
let employee: AddedUser;

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  employee = emulator.organisation.addUser({ username: "employee" });
});
afterAll(() => emulator.close());

function publicKeyOf({ publicKey }: { readonly publicKey: KeyObject }): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

test("an employee makes one, and it makes keys with its own credential", async () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const publicKey = publicKeyOf(pair);
  const made = await officialClient(emulator, employee).auth.createServiceAccount({
    body: { name: "robot", publicKey, daysValid: 30 },
  });
  expect(made.userInfo).toMatchObject({ kind: "CustomerEmployee", isServiceAccount: true, orgId: emulator.orgId });
  const [token] = made.accessTokens;
  expect(token).toMatchObject({ kind: "ServiceAccount", publicKey, isActive: true, orgId: emulator.orgId });
  const robot: AddedUser = {
    userId: made.userInfo.userId,
    username: made.userInfo.username,
    authToken: token?.accessToken ?? "",
    tokenId: token?.tokenId ?? "",
    credId: token?.credId,
    privateKeyPem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  const client = officialClient(emulator, robot);
  expect((await client.keys.createKey({ body: { scheme: "EdDSA", curve: "ed25519" } })).status).toBe("Active");
  emulator.clock.advance(31 * 86_400_000);
  await expect(client.keys.listKeys()).rejects.toMatchObject({ httpStatus: 401 });
});

test("a service account makes none, and a wrong body is refused", async () => {
  const publicKey = publicKeyOf(generateKeyPairSync("ed25519"));
  const body = { name: "robot", publicKey };
  const refused = await officialClient(emulator)
    .auth.createServiceAccount({ body })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DfnsError);
  expect(refused).toMatchObject({ httpStatus: 403 });
  const fresh = emulator.organisation.addUser({ username: "other employee" });
  for (const wrong of [
    { ...body, publicKey: "no PEM" },
    { ...body, publicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" },
    { ...body, publicKey: publicKeyOf(generateKeyPairSync("x25519")) },
    { ...body, daysValid: 731 },
    { ...body, daysValid: 0 },
    { ...body, name: "" },
  ]) {
    const call = officialClient(emulator, fresh).auth.createServiceAccount({ body: wrong });
    await expect(call).rejects.toMatchObject({ httpStatus: 400 });
  }
});
