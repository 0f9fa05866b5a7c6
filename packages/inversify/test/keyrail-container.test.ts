/** One configuration object is a working container; what is wrong with it is named before anything is opened. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { KeyrailConfiguration } from "@keyrail/configuration";
import { startDfnsEmulator } from "@keyrail/emulator-dfns";
import { startEncedoEmulator } from "@keyrail/emulator-encedo";
import { createKeyrailContainer, KEYRAIL, providerToken } from "@keyrail/inversify";
import { describe, expect, it } from "vitest";

const PASSPHRASE = "correct horse battery staple";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "keyrail-container-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  return folder;
}

describe("a container made of a configuration", () => {
  it("holds every vendor, the default one, and keys by alias over all of them", async () => {
    await using encedo = await startEncedoEmulator({ timeScale: 0 });
    await using dfns = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
    const folder = folderWith({
      passphrase: `${PASSPHRASE}\n`,
      "hem.passphrase": encedo.userPassphrase,
      "hem.pem": encedo.caPem,
      "dfns.token": dfns.authToken,
      "dfns.pem": dfns.caPem,
    });
    const configuration: KeyrailConfiguration = {
      provider: "hem",
      passphraseFile: "passphrase",
      registry: "aliases.sqlite",
      providers: {
        files: "software:keys.sqlite",
        hem: {
          uri: encedo.url.replace("https:", "encedo:"),
          passphraseFile: "hem.passphrase",
          options: { caFile: "hem.pem", checkinUrl: encedo.checkinUrl },
        },
        mpc: {
          uri: dfns.url.replace("https:", "dfns:"),
          passphraseFile: "dfns.token",
          options: { caFile: "dfns.pem", credId: dfns.credId, credentialKeyFile: dfns.credentialKeyFile },
        },
      },
    };
    const container = await createKeyrailContainer(configuration, { folder, environment: {} });
    const [router, registry, byDefault, health] = await Promise.all([
      container.getAsync(KEYRAIL.router),
      container.getAsync(KEYRAIL.registry),
      container.getAsync(KEYRAIL.provider),
      container.getAsync(KEYRAIL.healthCheck),
    ]);
    expect(registry.location).toBe(path.join(folder, "aliases.sqlite"));
    expect(byDefault).toBe(await container.getAsync(providerToken("hem")));
    const request = { keyType: "Ed25519", usages: ["sign"], label: "orders" } as const;
    const made = [await router.keys.create(request)];
    for (const provider of ["files", "mpc"]) made.push(await router.keys.create(request, { provider }));
    expect(made.map(({ uri }) => uri.split(":")[0])).toEqual(["encedo", "software", "dfns"]);
    for (const { uri } of made) {
      await registry.setAlias("orders", uri);
      const { route } = await router.sign({ key: "orders", algorithm: "Ed25519", message: new Uint8Array(1) });
      expect(route.key).toBe(uri);
    }
    expect(await health.check()).toMatchObject({ healthy: true, parts: { length: 4 } });
    await container.unbindAllAsync();
  });

  it("takes a URI alone, the registry of the usual place, and the passphrase file of the environment", async () => {
    const folder = folderWith({ passphrase: PASSPHRASE });
    const environment = { KEYRAIL_PASSPHRASE_FILE: path.join(folder, "passphrase") };
    const container = await createKeyrailContainer({ provider: "software:keys.sqlite" }, { folder, environment });
    const router = await container.getAsync(KEYRAIL.router);
    await router.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "x" });
    expect(router.registry.location).toBe(path.join(folder, ".keyrail/registry.sqlite"));
    await container.unbindAllAsync();
  });

  it("asks the callback for secrets, and looks the registry's place up in a file", async () => {
    const folder = folderWith({ uri: ":memory:\n" });
    const asked: string[] = [];
    const container = await createKeyrailContainer(
      { provider: "main", providers: { main: "software:keys.sqlite" }, registryFile: "uri" },
      {
        folder,
        environment: {},
        secret: async (name) => {
          asked.push(name);
          return new TextEncoder().encode(PASSPHRASE);
        },
      },
    );
    const provider = await container.getAsync(KEYRAIL.provider);
    expect((await container.getAsync(KEYRAIL.registry)).location).toBe(":memory:");
    expect(asked).toEqual(["main"]);
    await expect(provider.health()).resolves.toEqual({ healthy: true });
    await container.unbindAllAsync();
  });

  it("without a passphrase says where one belongs, and works once the file is there", async () => {
    const folder = folderWith({});
    const configuration = { providers: { main: { uri: "software:keys.sqlite", passphraseFile: "late" } } };
    const container = await createKeyrailContainer(configuration, { folder, environment: {} });
    await expect(container.getAsync(providerToken("main"))).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringContaining("late"),
    });
    writeFileSync(path.join(folder, "late"), "");
    await expect(container.getAsync(providerToken("main"))).rejects.toThrow(/is empty/);
    writeFileSync(path.join(folder, "late"), "x".repeat(70_000));
    await expect(container.getAsync(providerToken("main"))).rejects.toThrow(/more than 65536 bytes/);
    writeFileSync(path.join(folder, "late"), `${PASSPHRASE}\r\n`);
    await expect(container.getAsync(providerToken("main"))).resolves.toHaveProperty("name", "software");
    await container.unbindAllAsync();

    const bare = await createKeyrailContainer({ provider: "software:other.sqlite" }, { folder, environment: {} });
    await expect(bare.getAsync(KEYRAIL.provider)).rejects.toMatchObject({
      context: { path: "providers.default.passphraseFile" },
    });
  });

  it.each([
    ["a member nobody knows", { provdier: "x" }, "provdier", /no such member/],
    ["a default that is no name", { provider: "cold", providers: { hot: "software:x" } }, "provider", /nor one of hot/],
    ["a URI that is none", { providers: { a: "x" } }, "providers.a", /starts with a provider's name/],
  ])("is not made of %s", async (_title, configuration: object, where, message) => {
    await expect(createKeyrailContainer(configuration)).rejects.toMatchObject({
      code: "InvalidConfiguration",
      context: { path: where },
      message: expect.stringMatching(message),
    });
  });
});
