// A user's program: runs in a project that has the packed packages and nothing of the workspace.
// Arguments: the names of the packages to load.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { KeyrailError, parseKeyUri, PublicKey } from "@keyrail/core";
import { openRegistry } from "@keyrail/registry";

for (const name of process.argv.slice(2)) await import(name);

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = publicKey.export({ type: "spki", format: "der" });
assert.deepEqual(Buffer.from(PublicKey.fromSpki(spki).toSpki()), spki);
assert.throws(() => parseKeyUri("no key URI"), KeyrailError);

const registry = await openRegistry({ database: ":memory:" });
await registry.setAlias("payments", "software:/store/1");
assert.equal((await registry.resolve("payments@1")).key, "software:/store/1");
await registry.close();
