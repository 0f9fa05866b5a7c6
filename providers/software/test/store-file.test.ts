import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { type KeyEncryptionKey, openSoftwareProvider } from "../src/index.ts";
import {
  KEY_BYTES,
  openFile,
  openMemory,
  passphrase,
  rejection,
  required,
  storePath,
  temporaryFolder,
} from "./support/stores.ts";

const SIGNING = { keyType: "Ed25519", usages: ["sign", "verify"] } as const;

function tryOpen(path: string, keyEncryptionKey: KeyEncryptionKey = KEY_BYTES, create?: boolean): Promise<unknown> {
  return openSoftwareProvider({
    store: { kind: "sqlite", path, keyEncryptionKey, ...(create === undefined ? {} : { create }) },
  });
}

async function wrappingProvider(): Promise<{ keyEncryptionKey: KeyEncryptionKey; remove(): Promise<void> }> {
  const vault = await openMemory();
  const { uri: key } = await vault.keys.create({ keyType: "AES-256", usages: ["wrap"], label: "key-encryption key" });
  return {
    keyEncryptionKey: { keyWrap: required(vault.keyWrap), key, algorithm: "A256KW" },
    remove: () => required(vault.catalog).remove(key),
  };
}

describe("key-encryption keys", () => {
  test("every kind opens its own store and no other", async () => {
    const vault = await wrappingProvider();
    const other = await wrappingProvider();
    const kinds: [string, KeyEncryptionKey, KeyEncryptionKey][] = [
      ["passphrase", passphrase("correct"), passphrase("wrong")],
      ["bytes", KEY_BYTES, { bytes: new Uint8Array(32).fill(8) }],
      ["port", vault.keyEncryptionKey, other.keyEncryptionKey],
    ];
    for (const [name, right, wrong] of kinds) {
      const path = storePath();
      const { id } = await (await openFile(path, right)).keys.create({ ...SIGNING, label: name });
      expect(await required((await openFile(path, right)).catalog).get(id)).toMatchObject({ label: name });
      const error = await rejection(tryOpen(path, wrong), "WrongPassphrase");
      expect(error.context).toEqual({ store: path });
      for (const [otherName, otherRight] of kinds) {
        if (otherName !== name) await rejection(tryOpen(path, otherRight), "WrongPassphrase");
      }
    }
    await vault.remove();
  });

  test("a passphrase may be a function, whose bytes are wiped, while given bytes stay the caller's", async () => {
    const path = storePath();
    const argon2id = { memory: 64, passes: 1, parallelism: 1 };
    const made: Uint8Array[] = [];
    const ask = (): Promise<Uint8Array> => {
      made.push(Buffer.from("secret"));
      return Promise.resolve(required(made.at(-1)));
    };
    await openFile(path, { passphrase: ask, argon2id });
    const given = Buffer.from("secret");
    await openFile(path, { passphrase: given });
    expect(given.toString()).toBe("secret");
    expect(made.every((each) => each.every((byte) => byte === 0))).toBe(true);
  });

  test("refuses an empty passphrase and key bytes of a wrong length, writing nothing", async () => {
    const path = storePath();
    await rejection(tryOpen(path, { passphrase: new Uint8Array(0) }), "InvalidConfiguration");
    await rejection(tryOpen(path, { bytes: new Uint8Array(31) }), "InvalidConfiguration");
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test.each(["passphrase", "bytes"])("a program without types that gives its %s as a text is told so", async (name) => {
    const path = storePath();
    for (const secret of ["0".repeat(32), () => Promise.resolve("a passphrase"), [1, 2]]) {
      // What a JavaScript file does, past the compiler.
      const call: unknown = Reflect.apply(openSoftwareProvider, undefined, [
        { store: { kind: "sqlite", path, keyEncryptionKey: { [name]: secret } } },
      ]);
      const error = await rejection(Promise.resolve(call), "InvalidConfiguration");
      expect(error.context).toEqual({ path: `keyEncryptionKey.${name}` });
      expect(error.message).toContain("TextEncoder");
    }
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("a wrong passphrase takes the work of the right one, whatever the store holds", async () => {
    const path = storePath();
    const provider = await openFile(path, { passphrase: Buffer.from("right") });
    await provider.keys.create({ ...SIGNING, label: "x" });
    await provider.close();
    const time = async (text: string): Promise<number> => {
      const start = performance.now();
      await tryOpen(path, { passphrase: Buffer.from(text) }).then(
        (each) => (each as { close(): Promise<void> }).close(),
        () => undefined,
      );
      return performance.now() - start;
    };
    const right = await time("right");
    // Three quarters of an Argon2id run of 64 MiB is far above everything else an opening does.
    expect(await time("wrong")).toBeGreaterThan(0.3 * right);
  });
});

describe("rewrap", () => {
  test("moves a store from any key-encryption key to any other; records stay as they are", async () => {
    const path = storePath();
    const vault = await wrappingProvider();
    const steps = [passphrase("first"), KEY_BYTES, vault.keyEncryptionKey, passphrase("second")];
    const first = await openFile(path, required(steps[0]));
    const { id } = await first.keys.create({ ...SIGNING, label: "kept" });
    await first.close();
    const sealed = (): unknown => {
      const database = new DatabaseSync(path, { readOnly: true });
      const row = database.prepare("SELECT sealed FROM keys").get();
      database.close();
      return row?.["sealed"];
    };
    const before = sealed();
    for (const [index, next] of steps.slice(1).entries()) {
      const previous = required(steps[index]);
      const provider = await openFile(path, previous);
      await provider.rewrap(next);
      await provider.close();
      await rejection(tryOpen(path, previous), "WrongPassphrase");
      expect(sealed()).toEqual(before);
    }
    expect(await required((await openFile(path, passphrase("second"))).catalog).get(id)).toMatchObject({
      label: "kept",
    });
  });

  test("leaves nothing of the old wrapping in the file, and does nothing on a memory store", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const database = new DatabaseSync(path, { readOnly: true });
    const old = database.prepare("SELECT wrapped_data_key FROM header").get()?.["wrapped_data_key"];
    database.close();
    if (!(old instanceof Uint8Array)) throw new Error("The header was expected.");
    await provider.rewrap(passphrase("new"));
    const folder = dirname(path);
    for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file)).includes(old)).toBe(false);
    await rejection((await openMemory()).rewrap(KEY_BYTES), "UnsupportedCapability");
  });
});

describe("files", () => {
  test("are made with mode 0600 and nothing else is left beside them", async () => {
    const path = storePath();
    const provider = await openFile(path);
    await provider.keys.create({ ...SIGNING, label: "x" });
    for (const file of readdirSync(dirname(path))) expect(statSync(join(dirname(path), file)).mode & 0o777).toBe(0o600);
    await provider.close();
    expect(readdirSync(dirname(path))).toEqual(["keys.sqlite"]);
  });

  test("are not made when the caller says so", async () => {
    const path = storePath();
    const error = await rejection(tryOpen(path, KEY_BYTES, false), "StoreUnavailable");
    expect(error.message).toContain("no such file");
    expect(existsSync(path)).toBe(false);
    await rejection(tryOpen(join(path, "below", "keys.sqlite")), "StoreUnavailable");
  });

  test("made by several at once are one store", async () => {
    const path = storePath();
    const providers = await Promise.all(Array.from({ length: 6 }, () => openFile(path)));
    for (const provider of providers) await provider.keys.create({ ...SIGNING, label: "x" });
    expect(await Array.fromAsync(required(required(providers[0]).catalog).list())).toHaveLength(6);
  });

  test("that are no store are refused and stay untouched", async () => {
    const folder = temporaryFolder();
    const foreign = join(folder, "foreign.sqlite");
    const database = new DatabaseSync(foreign);
    database.exec("CREATE TABLE keys (id INTEGER); INSERT INTO keys VALUES (1)");
    database.close();
    const text = join(folder, "notes.txt");
    writeFileSync(text, "not a database ".repeat(20));
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    for (const path of [foreign, text, empty]) {
      const before = readFileSync(path);
      const error = await rejection(tryOpen(path), "StoreUnavailable");
      expect(error.message).toContain("not a Keyrail key store");
      expect(readFileSync(path).equals(before)).toBe(true);
    }
    mkdirSync(join(folder, "directory"));
    await rejection(tryOpen(join(folder, "directory")), "StoreUnavailable");
    expect(readdirSync(folder).sort()).toEqual(["directory", "empty", "foreign.sqlite", "notes.txt"]);
  });

  test("of a newer format are refused in one clear sentence, by either mark", async () => {
    const path = storePath();
    await (await openFile(path)).close();
    for (const change of [
      "PRAGMA user_version = 2",
      "PRAGMA user_version = 1; UPDATE format SET version = 3, minimum_reader = 2",
    ]) {
      const database = new DatabaseSync(path);
      database.exec(change);
      database.close();
      const error = await rejection(tryOpen(path), "StoreUnavailable");
      expect(error.message).toMatch(/it has format [23] and this Keyrail reads up to 1; open it with a newer Keyrail/);
    }
    const database = new DatabaseSync(path);
    database.exec("UPDATE format SET version = 2, minimum_reader = 1");
    database.close();
    await openFile(path);
  });

  test("that can't be written are refused at once", async ({ skip }) => {
    const path = storePath();
    await (await openFile(path)).close();
    chmodSync(path, 0o444);
    chmodSync(dirname(path), 0o755);
    const root = process.getuid?.() === 0;
    // Root may write everything, so the process becomes nobody for a moment.
    if (root) process.seteuid?.(65_534);
    else skip(process.getuid === undefined, "This platform has no file owners.");
    try {
      const error = await rejection(tryOpen(path), "StoreUnavailable");
      expect(error.message).toMatch(/may not|read-only/);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test("on a full disk: the write is refused, the store goes on", async ({ skip }) => {
    const folder = temporaryFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], { stdio: "ignore" });
    } catch {
      skip("No right to mount a small file system here.");
    }
    try {
      const path = join(folder, "keys.sqlite");
      const provider = await openFile(path);
      const request = { keyType: "ML-DSA-87", usages: ["sign"], label: "large" } as const;
      const made: string[] = [];
      const fill = async (): Promise<void> => {
        for (let index = 0; index < 1000; index++) made.push((await provider.keys.create(request)).id);
      };
      const error = await rejection(fill(), "StoreUnavailable");
      expect(error.retry).not.toBe("never");
      const catalog = required(provider.catalog);
      expect((await Array.fromAsync(catalog.list())).map(({ id }) => id)).toEqual(made);
      await provider.close();
      const again = await openFile(path);
      expect((await Array.fromAsync(required(again.catalog).list())).map(({ id }) => id)).toEqual(made);
      await again.close();
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  test("a write waits for another process's lock and gives up in time", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const database = new DatabaseSync(path);
    database.exec("BEGIN IMMEDIATE");
    const waiting = provider.keys.create({ ...SIGNING, label: "waits" });
    setTimeout(() => database.exec("COMMIT"), 100);
    expect((await waiting).label).toBe("waits");
    database.close();
  });

  test("key URIs name the store by its path, relative or absolute", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const { id, uri } = await provider.keys.create({ ...SIGNING, label: "x" });
    expect(uri).toBe(`software:${path}/${id}`);
    const catalog = required(provider.catalog);
    const relative = `software:${process.cwd()}/../${"../".repeat(20)}${path.slice(1)}/${id}`;
    expect((await catalog.get(relative)).id).toBe(id);
    await rejection(catalog.get(`software:${path}x/${id}`), "KeyNotFound");
  });

  test("a copy of the file is a whole store", async () => {
    const path = storePath();
    const provider = await openFile(path);
    const { id } = await provider.keys.create({ ...SIGNING, label: "x" });
    await provider.close();
    const copy = storePath();
    copyFileSync(path, copy);
    rmSync(path);
    expect((await required((await openFile(copy)).catalog).get(id)).label).toBe("x");
  });
});

describe("what opens a store", () => {
  const cost = { memory: 64, passes: 1, parallelism: 1 };

  test.each([
    ["passphrase", (bytes: Uint8Array) => ({ passphrase: bytes, argon2id: cost })],
    ["key bytes", (bytes: Uint8Array) => ({ bytes })],
  ] as const)("%s may be wiped as soon as the call has begun", async (_name, key) => {
    const path = storePath();
    const secret = new Uint8Array(32).fill(65);
    const opening = tryOpen(path, key(secret));
    secret.fill(0);
    await opening;
    await openFile(path, key(new Uint8Array(32).fill(65)));
    await rejection(tryOpen(path, key(new Uint8Array(32))), "WrongPassphrase");

    const provider = await openFile(path, key(new Uint8Array(32).fill(65)));
    const next = new Uint8Array(32).fill(66);
    const rewrapping = provider.rewrap(key(next));
    next.fill(0);
    await rewrapping;
    await openFile(path, key(new Uint8Array(32).fill(66)));
  });

  test("a passphrase that is a function is asked once, also for a new store, and wiped", async () => {
    const path = storePath();
    const answers: Uint8Array[] = [];
    const ask = async (): Promise<Uint8Array> => {
      answers.push(new Uint8Array(Buffer.from("open sesame")));
      return answers[answers.length - 1] ?? new Uint8Array(0);
    };
    await openFile(path, { passphrase: ask, argon2id: cost });
    expect(answers).toEqual([new Uint8Array(11)]);
    await openFile(path, passphrase("open sesame"));
  });

  test.each([
    ["nothing", undefined, "store.keyEncryptionKey"],
    ["null", null, "store.keyEncryptionKey"],
    ["a misspelt member", { pasphrase: new Uint8Array(4) }, "store.keyEncryptionKey"],
    ["a text", { passphrase: "open sesame" }, "keyEncryptionKey.passphrase"],
    ["an empty passphrase", { passphrase: new Uint8Array(0) }, "keyEncryptionKey.passphrase"],
    ["an empty answer", { passphrase: async () => new Uint8Array(0) }, "keyEncryptionKey.passphrase"],
    ["a text as an answer", { passphrase: async () => "open sesame" }, "keyEncryptionKey.passphrase"],
    ["31 bytes", { bytes: new Uint8Array(31) }, "keyEncryptionKey.bytes"],
    ["no port", { keyWrap: undefined, key: "k", algorithm: "A256KW" }, "keyEncryptionKey.keyWrap"],
    ["a cost out of range", { passphrase: new Uint8Array(4), argon2id: { memory: 1 } }, "keyEncryptionKey.argon2id"],
  ])("%s is refused with a sentence, and no file is made", async (_name, keyEncryptionKey, path) => {
    const file = storePath();
    const options: unknown = { store: { kind: "sqlite", path: file, keyEncryptionKey } };
    const opening: unknown = Reflect.apply(openSoftwareProvider, undefined, [options]);
    const error = await rejection(Promise.resolve(opening), "InvalidConfiguration");
    expect(error.context.path).toBe(path);
    expect(error.message).not.toContain("sesame");
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    undefined,
    null,
    {},
    { store: null },
    { store: { kind: "file" } },
    { store: { kind: "sqlite" } },
    { store: { kind: "sqlite", path: "a\0b", keyEncryptionKey: KEY_BYTES } },
    { store: { kind: "memory" }, cacheBytes: null },
  ])("options %j are refused", async (options) => {
    const opening: unknown = Reflect.apply(openSoftwareProvider, undefined, [options]);
    await rejection(Promise.resolve(opening), "InvalidConfiguration");
  });
});
