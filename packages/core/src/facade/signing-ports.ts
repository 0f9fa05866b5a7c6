import { type ApprovalTicket, isKeyrailError, KeyrailError } from "../errors.ts";
import type { Approvals, ApprovalOutcome } from "../ports/approvals.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Signature, Signer, SignRequest, Verifier, VerifyRequest } from "../ports/signer.ts";
import type { LocalVerification, ProviderAdapter } from "../provider.ts";
import { parseRequest } from "../requests/parse.ts";
import { isObject } from "../requests/quick-check.ts";
import { signQuickCheck, signSchema, verifyQuickCheck, verifySchema } from "../requests/schemas.ts";
import { describeSignature } from "./describe-request.ts";
import type { Invoker } from "./invoker.ts";

/** The wrapped `Signer`. */
export function signerPort(adapter: ProviderAdapter, signer: Signer, invoker: Invoker): Signer {
  const { localVerification } = adapter;
  return {
    async sign(raw: SignRequest, rawOptions?: CallOptions): Promise<Signature> {
      const options = invoker.begin(rawOptions, "sign");
      const request = checkedSign(raw, invoker);
      const known = invoker.describe(request.key);
      return invoker.invoke(
        {
          operation: "sign",
          descriptor: describeSignature("sign", request, known),
          id: request.key,
          known,
          call:
            localVerification === undefined
              ? (given) => signer.sign(request, given)
              : async (given) => {
                  const signature = await signer.sign(request, given);
                  await verifyLocally(adapter, localVerification, invoker, request, signature, given);
                  return signature;
                },
        },
        options,
      );
    },
  };
}

/** The wrapped `Verifier`. */
export function verifierPort(verifier: Verifier, invoker: Invoker): Verifier {
  return {
    async verify(raw: VerifyRequest, rawOptions?: CallOptions): Promise<boolean> {
      const options = invoker.begin(rawOptions, "verify");
      const request = checkedVerify(raw, invoker);
      const known = invoker.describe(request.key);
      return invoker.invoke(
        {
          operation: "verify",
          descriptor: describeSignature("verify", request, known),
          id: request.key,
          known,
          call: (given) => verifier.verify(request, given),
        },
        options,
      );
    },
  };
}

/** `Approvals`, made of the wrapped signer and the adapter's `resume`. */
export function approvalsPort(
  adapter: ProviderAdapter,
  resume: Approvals["resume"],
  signer: Signer,
  invoker: Invoker,
): Approvals {
  return {
    async requestSignature(request: SignRequest, options?: CallOptions): Promise<ApprovalOutcome<Signature>> {
      try {
        return { status: "done", result: await signer.sign(request, options) };
      } catch (error) {
        if (isKeyrailError(error, "ApprovalPending")) return { status: "pending", ticket: error.context.ticket };
        throw error;
      }
    },
    async resume(ticket: ApprovalTicket, rawOptions?: CallOptions): Promise<ApprovalOutcome<Signature>> {
      const options = invoker.begin(rawOptions, "resume");
      const given: unknown = ticket;
      if (!isObject(given) || typeof ticket.key !== "string" || typeof ticket.reference !== "string") {
        throw new KeyrailError("InvalidRequest", "Give the ticket of a pending approval, whole.", { path: "ticket" });
      }
      if (ticket.version !== 1 || ticket.provider !== adapter.name) {
        throw new KeyrailError("InvalidRequest", `This ticket is not one of ${adapter.uri}.`, { path: "ticket" });
      }
      const id = invoker.resolve(ticket.key);
      return invoker.invoke(
        { operation: "resume", id, known: invoker.describe(id), call: (given) => resume(ticket, given) },
        options,
      );
    },
  };
}

function checkedSign(raw: SignRequest, invoker: Invoker): SignRequest {
  if (isObject(raw) && signQuickCheck(raw)) return { ...raw, key: invoker.resolve(raw.key) };
  const { message, digest, key, ...rest } = parseRequest(signSchema, raw);
  return { ...rest, key: invoker.resolve(key), ...oneInput(message, digest) };
}

function checkedVerify(raw: VerifyRequest, invoker: Invoker): VerifyRequest {
  if (isObject(raw) && verifyQuickCheck(raw)) return { ...raw, key: invoker.resolve(raw.key) };
  const { message, digest, key, ...rest } = parseRequest(verifySchema, raw);
  return { ...rest, key: invoker.resolve(key), ...oneInput(message, digest) };
}

/** The schema has made sure that exactly one is given. */
function oneInput(
  message: Uint8Array | undefined,
  digest: Uint8Array | undefined,
): { message: Uint8Array } | { digest: Uint8Array } {
  if (message !== undefined) return { message };
  if (digest !== undefined) return { digest };
  throw new KeyrailError("InvalidRequest", "Give either a message or a digest.", { path: "message" });
}

async function verifyLocally(
  adapter: ProviderAdapter,
  verification: LocalVerification,
  invoker: Invoker,
  request: SignRequest,
  signature: Signature,
  options: CallOptions | undefined,
): Promise<void> {
  let publicKey = invoker.describe(request.key)?.publicKey;
  if (publicKey === undefined) {
    if (verification.policy === "when-known") return;
    publicKey = await adapter.keys.getPublic(request.key, options);
    invoker.known.rememberPublic(request.key, publicKey);
  }
  if (await verification.verify(publicKey, request, signature)) return;
  const key = `${adapter.uri}/${request.key}`;
  throw new KeyrailError(
    "SignatureMismatch",
    `${adapter.capabilities.title} returned a signature that does not verify under the public key of ${key}; it was discarded.`,
    { provider: adapter.name, key },
  );
}
