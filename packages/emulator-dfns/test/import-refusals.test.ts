/** What the service side checks of imported shares (fact sheet, section 8), each by a body wrong in one way. */

import { type DfnsEmulator, startDfnsEmulator } from "@keyrail/emulator-dfns";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { groups } from "../src/threshold/groups.ts";
import {
  onePolynomial,
  reconstruct,
  reconstructByQuorum,
  split as emulatorSplit,
} from "../src/threshold/secret-sharing.ts";
import { readImportShare } from "../src/threshold/share-document.ts";
import { decrypt, encrypt } from "../src/threshold/ecies.ts";
import { ApiClient, errorOf } from "./support/api-client.ts";
import {
  type Curve,
  type ImportBody,
  type SignerInfo,
  encryptFor,
  importBody,
  orders,
  publicKeyHex,
  randomScalar,
  ranked,
  shareTexts,
  signersOf,
  split,
} from "./support/share-client.ts";

let emulator: DfnsEmulator;
let client: ApiClient;
let signers: readonly SignerInfo[];

beforeAll(async () => {
  emulator = await startDfnsEmulator({ requestsPerMinute: "unlimited" });
  client = new ApiClient(emulator);
  signers = ranked(signersOf((await client.get("/signers")).body));
});
afterAll(async () => {
  client.close();
  await emulator.close();
});

const curve = "secp256k1";
const q = orders[curve];
const shares = split(curve, 77n, [5n, 6n]);
const texts = shareTexts(curve, shares);

/** A body with these share texts, in index order. */
function bodyOf(plaintexts: readonly string[], change: Partial<ImportBody> = {}): ImportBody {
  const encryptedKeyShares = signers.map(({ signerId, encryptionKey }, at) => ({
    signerId,
    encryptedKeyShare: encryptFor(encryptionKey, plaintexts[at] ?? "").toString("base64"),
  }));
  return { curve, protocol: "CGGMP24", minSigners: 3, encryptedKeyShares, ...change };
}

const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index];
  if (item === undefined) throw new Error("no such item");
  return item;
};
const replaceOne = (index: number, change: (text: string) => string): string[] =>
  texts.map((text, position) => (position === index ? change(text) : text));
const parsed = (text: string, change: object): string => JSON.stringify({ ...(JSON.parse(text) as object), ...change });

interface Refusal {
  readonly title: string;
  /** Index of the signer the answer must name; absent when it names none. */
  readonly signer?: number;
  readonly body: () => ImportBody;
}

const good = (): ImportBody => bodyOf(texts);
const refusals: readonly Refusal[] = [
  { title: "minSigners 2", body: () => bodyOf(texts, { minSigners: 2 }) },
  { title: "minSigners 0", body: () => bodyOf(texts, { minSigners: 0 }) },
  { title: "no shares", body: () => bodyOf(texts, { encryptedKeyShares: [] }) },
  {
    title: "a signer without a share",
    signer: 4,
    body: () => ({ ...good(), encryptedKeyShares: good().encryptedKeyShares.slice(0, 4) }),
  },
  {
    title: "a signer with two shares",
    signer: 1,
    body: () => {
      const { encryptedKeyShares, ...rest } = good();
      return { ...rest, encryptedKeyShares: [...encryptedKeyShares, at(encryptedKeyShares, 1)] };
    },
  },
  {
    title: "a share of another signer",
    signer: 0,
    body: () => {
      const body = good();
      const [first, second] = [at(body.encryptedKeyShares, 0), at(body.encryptedKeyShares, 1)];
      [first.encryptedKeyShare, second.encryptedKeyShare] = [second.encryptedKeyShare, first.encryptedKeyShare];
      return body;
    },
  },
  {
    title: "a ciphertext with a flipped bit",
    signer: 3,
    body: () => {
      const body = good();
      const entry = at(body.encryptedKeyShares, 3);
      const bytes = Buffer.from(entry.encryptedKeyShare, "base64");
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      entry.encryptedKeyShare = bytes.toString("base64");
      return body;
    },
  },
  { title: "a ciphertext that is too short", signer: 2, body: () => withCiphertext(2, "AAAA") },
  { title: "a ciphertext that is not base64", signer: 2, body: () => withCiphertext(2, "no base64!") },
  { title: "a share that is not JSON", signer: 1, body: () => bodyOf(replaceOne(1, () => "{")) },
  { title: "another version", signer: 1, body: () => bodyOf(replaceOne(1, (text) => parsed(text, { version: 2 }))) },
  { title: "another curve", signer: 0, body: () => bodyOf(shareTexts("ed25519", split("ed25519", 7n, [1n, 2n]))) },
  {
    title: "a scalar not below the order",
    signer: 2,
    body: () => bodyOf(replaceOne(2, (text) => parsed(text, { secret_share: { curve, scalar: q.toString(16) } }))),
  },
  {
    title: "a scalar of zero",
    signer: 2,
    body: () => bodyOf(replaceOne(2, (text) => parsed(text, { secret_share: { curve, scalar: "0".repeat(64) } }))),
  },
  {
    title: "a scalar that is not the one of its point",
    signer: 2,
    body: () =>
      bodyOf(replaceOne(2, (text) => parsed(text, { secret_share: { curve, scalar: "1".padStart(64, "0") } }))),
  },
  {
    title: "compressed points",
    signer: 0,
    body: () =>
      bodyOf(
        texts.map((text) =>
          parsed(text, { public_shares: shares.map((share) => ({ curve, point: publicKeyHex(curve, share) })) }),
        ),
      ),
  },
  {
    title: "public shares that differ",
    signer: 4,
    body: () =>
      bodyOf(
        replaceOne(4, (text) =>
          parsed(text, {
            public_shares: (JSON.parse(text) as { public_shares: unknown[] }).public_shares.toReversed(),
          }),
        ),
      ),
  },
  {
    title: "four public shares",
    signer: 0,
    body: () =>
      bodyOf(
        texts.map((text) =>
          parsed(text, { public_shares: (JSON.parse(text) as { public_shares: unknown[] }).public_shares.slice(0, 4) }),
        ),
      ),
  },
  {
    title: "shares of a polynomial of degree 3",
    body: () =>
      bodyOf(
        shareTexts(
          curve,
          [1n, 2n, 3n, 4n, 5n].map((x) => (77n + x + x * x + x * x * x) % q),
        ),
      ),
  },
  {
    title: "shares of a polynomial of degree 1, which two signers could use",
    body: () =>
      bodyOf(
        shareTexts(
          curve,
          [1n, 2n, 3n, 4n, 5n].map((x) => 77n + x),
        ),
      ),
  },
  { title: "shares of zero", body: () => bodyOf(shareTexts(curve, split(curve, 0n, [5n, 6n]))) },
  {
    title: "a chain code without masterKey",
    signer: 0,
    body: () => bodyOf(shareTexts(curve, shares, "ab".repeat(32))),
  },
  { title: "masterKey without a chain code", signer: 0, body: () => bodyOf(texts, { masterKey: true }) },
  {
    title: "chain codes that differ",
    signer: 1,
    body: () =>
      bodyOf(
        shareTexts(curve, shares, "ab".repeat(32)).map((text, position) =>
          position === 1 ? parsed(text, { chain_code: "cd".repeat(32) }) : text,
        ),
        { masterKey: true },
      ),
  },
];

function withCiphertext(index: number, encryptedKeyShare: string): ImportBody {
  const body = good();
  at(body.encryptedKeyShares, index).encryptedKeyShare = encryptedKeyShare;
  return body;
}

test.for(refusals)("$title: 400", async ({ body, signer }) => {
  const before = emulator.totals().keys;
  const { status, details } = errorOf(await client.call("POST", "/keys/import", body()));
  expect(status).toBe(400);
  if (signer === undefined) expect(details).not.toHaveProperty("signerId");
  else expect(details).toEqual({ signerId: at(signers, signer).signerId });
  expect(emulator.totals().keys).toBe(before);
});

test("an unknown signer: 400 that names it", async () => {
  const body = good();
  at(body.encryptedKeyShares, 0).signerId = Buffer.alloc(32).toString("base64");
  const { status, details } = errorOf(await client.call("POST", "/keys/import", body));
  expect({ status, details }).toEqual({ status: 400, details: { signerId: Buffer.alloc(32).toString("base64") } });
});

test("entries in any order, members in any order and unknown members inside a share are fine; twice is 409", async () => {
  const shuffled = texts.map((text) => {
    const { public_shares, secret_share } = JSON.parse(text) as { public_shares: unknown; secret_share: unknown };
    return JSON.stringify({ note: "x", public_shares, secret_share, version: 1 });
  });
  const body = bodyOf(shuffled);
  body.encryptedKeyShares.reverse();
  expect(await client.must("POST", "/keys/import", body)).toMatchObject({ publicKey: publicKeyHex(curve, 77n) });
  expect(errorOf(await client.call("POST", "/keys/import", good())).status).toBe(409);
});

test("property: any three of the emulator's shares give the secret, one share off the polynomial is seen", () => {
  const curves = fc.constantFrom<Curve>("secp256k1", "stark", "ed25519");
  fc.assert(
    fc.property(
      curves,
      fc.bigInt({ min: 1n, max: 2n ** 251n }),
      fc.subarray([0, 1, 2, 3, 4], { minLength: 3 }),
      fc.nat(4),
      (name, secret, chosen, off) => {
        const group = groups[name];
        const all = emulatorSplit(group, secret, 3, 5);
        expect(
          reconstruct(
            group,
            chosen.map((index) => at(all, index)),
          ),
        ).toBe(secret);
        expect(reconstructByQuorum(group, all, 3)).toBe(secret);
        expect(reconstruct(group, all.slice(0, 2))).not.toBe(secret);
        expect(onePolynomial(group, all, 3)).toBe(true);
        const bent = all.map((share, index) =>
          index === off ? { ...share, scalar: (share.scalar % (group.order - 1n)) + 1n } : share,
        );
        expect(onePolynomial(group, bent, 3)).toBe(false);
      },
    ),
    { seed: 11, numRuns: 100 },
  );
});

test("property: what is encrypted is decrypted, what is tampered with is not; two readings of ECIES agree", () => {
  const decryptionKey = randomScalar(orders.secp256k1);
  const recipient = groups.secp256k1.publicKey(decryptionKey);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (plaintext, position, flip) => {
        const message = encrypt(recipient, plaintext);
        expect(message).toHaveLength(plaintext.length + 49);
        expect(Buffer.from(decrypt(decryptionKey, message) ?? [1, 2, 3]).equals(plaintext)).toBe(true);
        const broken = Buffer.from(message);
        const index = position % message.length;
        broken[index] = (broken[index] ?? 0) ^ flip;
        expect(decrypt(decryptionKey, broken)).toBeUndefined();
        const encryptionKey = Buffer.concat([Uint8Array.of(1), recipient]).toString("base64");
        const text = Buffer.from(plaintext).toString("hex");
        expect(Buffer.from(decrypt(decryptionKey, encryptFor(encryptionKey, text)) ?? []).toString()).toBe(text);
      },
    ),
    { seed: 13, numRuns: 40 },
  );
});

test("property: no text makes the share reader throw", () => {
  const pieces = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(...texts).map((text) => text.slice(0, 200)),
  );
  fc.assert(
    fc.property(pieces, (text) => {
      expect(readImportShare(groups.secp256k1, text)).toBeUndefined();
    }),
    { seed: 17, numRuns: 200 },
  );
});

test("random imports on every curve", async () => {
  for (const [name, protocol] of [
    ["secp256k1", "CGGMP24"],
    ["stark", "CGGMP21"],
    ["ed25519", "FROST"],
    ["secp256k1", "FROST_BITCOIN"],
  ] as const) {
    for (let round = 0; round < 5; round++) {
      const secret = randomScalar(orders[name]);
      const key = await client.must("POST", "/keys/import", importBody(name, protocol, secret, signers));
      expect(key["publicKey"]).toBe(publicKeyHex(name, secret));
    }
  }
});
