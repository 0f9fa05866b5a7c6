/** Fuzzed answers: whatever comes back, a call ends with a result or a `KeyrailError`, soon, and without a secret. */

import { isKeyrailError, type Provider } from "@keyrail/core";
import type { DfnsEmulator } from "@keyrail/emulator-dfns";
import { mutatedJson, randomFrom } from "./fuzz.ts";
import { all, openOn, present, startEmulator } from "./opened.ts";

/** What a campaign found. */
export interface FuzzOutcome {
  readonly answers: number;
  /** How often a call ended well all the same. */
  readonly results: number;
  /** How often each error code came. */
  readonly codes: Readonly<Record<string, number>>;
}

interface Target {
  /** The request whose answer is replaced. */
  readonly match: { readonly method: string; readonly path?: string; readonly operation?: string };
  readonly answer: string;
  call(provider: Provider): Promise<unknown>;
}

const STATUSES = [200, 200, 200, 200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 418, 500, 503];

/** @throws Error when a call throws anything but a KeyrailError, or an error that tells the token. */
export async function runFuzzCampaign(answers: number, seed: number): Promise<FuzzOutcome> {
  const random = randomFrom(seed);
  const emulator = await startEmulator({ recordedRequests: 0 });
  const codes: Record<string, number> = {};
  let results = 0;
  try {
    const targets = await targetsOf(emulator);
    await using provider = await openOn(emulator, { exportContract: true });
    for (let round = 0; round < answers; round++) {
      const target = targets[random(targets.length)];
      if (target === undefined) continue;
      const body = mutatedJson(target.answer, random);
      const status = STATUSES[random(STATUSES.length)] ?? 200;
      emulator.faults.clear();
      emulator.faults.add({
        match: target.match,
        times: "always",
        action: { kind: "respond", when: "before", status, bodyBase64: Buffer.from(body).toString("base64") },
      });
      try {
        await target.call(provider);
        results++;
      } catch (error) {
        const told = `round ${round} of seed ${seed}: ${status} ${body.slice(0, 300)}`;
        if (!isKeyrailError(error) || error.code === "Internal") throw new Error(told, { cause: error });
        if (`${error.message}${JSON.stringify(error)}`.includes(emulator.authToken))
          throw new Error(`a token in ${told}`, { cause: error });
        codes[error.code] = (codes[error.code] ?? 0) + 1;
      }
    }
  } finally {
    await emulator.close();
  }
  return { answers, results, codes };
}

/** Every kind of answer the adapter reads, as the service gives it. */
async function targetsOf(emulator: DfnsEmulator): Promise<readonly Target[]> {
  await using provider = await openOn(emulator);
  const key = await provider.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "fuzz" });
  const ecdsa = await provider.keys.create({ keyType: "secp256k1", usages: ["sign"], label: "fuzz" });
  const dh = await provider.keys.create({
    keyType: "secp256k1",
    usages: ["derive"],
    label: "fuzz",
    algorithms: ["GLOW20"],
  });
  emulator.policies.add({ action: "RequestApproval" });
  const message = new Uint8Array(3);
  const outcome = await present(provider.approvals).requestSignature({ key: key.uri, algorithm: "Ed25519", message });
  emulator.policies.clear();
  if (outcome.status !== "pending") throw new Error("not pending");
  const { ticket } = outcome;
  emulator.approve(present(ticket.approval));
  const keyText = JSON.stringify(key.vendor);
  const half = `0x${"11".repeat(32)}`;
  const signature = {
    id: ticket.reference,
    keyId: key.id,
    status: "Signed",
    signature: { r: half, s: half, recid: 0 },
    requestBody: { kind: "Message", message: "0x000000" },
  };
  const challenge = {
    challenge: "YQ",
    challengeIdentifier: "id",
    supportedCredentialKinds: [{ kind: "Key", factor: "first", requiresSecondFactor: false }],
    allowCredentials: { key: [{ type: "public-key", id: emulator.credId }], webauthn: [] },
  };
  const signers = {
    clusters: [
      { clusterId: "c", signers: [1, 2, 3].map((id) => ({ signerId: btoa(`${id}`), encryptionKey: btoa("x") })) },
    ],
  };
  const exported = {
    publicKey: ecdsa.vendor?.["publicKey"],
    protocol: "CGGMP24",
    curve: "secp256k1",
    minSigners: 3,
    encryptedKeyShares: [1, 2, 3].map((id) => ({ signerId: btoa(`${id}`), encryptedKeyShare: btoa("x".repeat(80)) })),
  };
  const create = (on: Provider): Promise<unknown> =>
    on.keys.create({ keyType: "Ed25519", usages: ["sign"], label: "fuzz" });
  return [
    { match: { method: "POST", path: "/auth/action/init" }, answer: JSON.stringify(challenge), call: create },
    { match: { method: "POST", path: "/auth/action" }, answer: '{"userAction":"token"}', call: create },
    { match: { method: "POST", path: "/keys" }, answer: keyText, call: create },
    {
      match: { method: "GET", path: "/keys" },
      answer: `{"items":[${keyText}],"nextPageToken":"t"}`,
      call: (on) => all(present(on.catalog).list()),
    },
    { match: { method: "GET", operation: "GetKey" }, answer: keyText, call: (on) => present(on.catalog).get(key.uri) },
    {
      match: { method: "PUT" },
      answer: keyText,
      call: (on) => present(on.catalog).rename({ key: key.uri, label: "x" }),
    },
    {
      match: { method: "POST", operation: "GenerateSignature" },
      answer: JSON.stringify(signature),
      call: (on) =>
        present(on.signer).sign({
          key: ecdsa.uri,
          algorithm: "ECDSA",
          digest: new Uint8Array(32),
          recoverable: true,
          format: "der",
        }),
    },
    {
      match: { method: "GET", operation: "GetSignature" },
      answer: JSON.stringify(signature),
      call: (on) => present(on.approvals).resume(ticket),
    },
    {
      match: { method: "GET", path: "/signers" },
      answer: JSON.stringify(signers),
      call: (on) =>
        on.keys.import({
          kind: "private",
          privateKey: { keyType: "secp256k1", format: "scalar", bytes: new Uint8Array(32).fill(1) },
          usages: ["sign"],
          label: "fuzz",
        }),
    },
    {
      match: { method: "POST", operation: "ExportKey" },
      answer: JSON.stringify(exported),
      call: (on) => present(on.keyExport).export(ecdsa.uri),
    },
    {
      match: { method: "POST", operation: "DeriveKey" },
      answer: JSON.stringify({ output: half }),
      call: (on) =>
        present(on.deterministicDerivation).deriveOutput({
          key: dh.uri,
          algorithm: "GLOW20",
          domain: message,
          seed: message,
        }),
    },
  ];
}
