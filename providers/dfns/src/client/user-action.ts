/**
 * User action signing (dfns.md, section 2): what stands between wanting a change and making it. A challenge is asked for,
 * bound to method, path and body; it is signed with the credential; the one-time token that comes back goes with the
 * real request.
 */

import { encodeBase64Url, KeyrailError } from "@keyrail/core";
import type { AssertionSigner } from "../credential/assertion-signer.ts";
import { PROVIDER_NAME } from "../mapping.ts";
import type { ActionChallenge } from "./schemas.ts";

/** What a user action is for. */
export interface ActionSubject {
  readonly method: "POST" | "PUT" | "DELETE";
  /** As sent: percent-encoded, without a query. */
  readonly path: string;
  /** The exact text that will be sent as body; empty when there will be none. */
  readonly payload: string;
}

/** Body text of `POST /auth/action/init`. */
export function initBody({ method, path, payload }: ActionSubject): string {
  return JSON.stringify({
    userActionPayload: payload,
    userActionHttpMethod: method,
    userActionHttpPath: path,
    userActionServerKind: "Api",
  });
}

/** The client data that is signed: these very bytes, and they are sent along. */
export function clientDataOf(challenge: string): Uint8Array {
  return Buffer.from(JSON.stringify({ type: "key.get", challenge }), "utf8");
}

/**
 * Body text of `POST /auth/action`.
 * @throws KeyrailError `AuthenticationFailed` when Dfns would not take this credential, before anything is signed.
 */
export async function assertionBody(
  challenge: ActionChallenge,
  credential: AssertionSigner,
  signal?: AbortSignal,
): Promise<string> {
  checkAccepted(challenge, credential.credId);
  const clientData = clientDataOf(challenge.challenge);
  const signature = await credential.sign(clientData, signal === undefined ? undefined : { signal });
  return JSON.stringify({
    challengeIdentifier: challenge.challengeIdentifier,
    firstFactor: {
      kind: "Key",
      credentialAssertion: {
        credId: credential.credId,
        clientData: encodeBase64Url(clientData),
        signature: encodeBase64Url(signature),
      },
    },
  });
}

function checkAccepted(challenge: ActionChallenge, credId: string): void {
  if (!challenge.allowCredentials.key.some(({ id }) => id === credId)) {
    throw credentialRefused(
      "Dfns does not know this credential as an active key of the caller.",
      "credential not allowed",
    );
  }
  const kind = challenge.supportedCredentialKinds.find((supported) => supported.kind === "Key");
  if (kind?.requiresSecondFactor === true) {
    throw credentialRefused("Dfns asks for a second factor, which a service can't give.", "second factor required");
  }
}

/** `AuthenticationFailed`: nothing was changed. */
export function credentialRefused(message: string, reason: string): KeyrailError<"AuthenticationFailed"> {
  return new KeyrailError("AuthenticationFailed", message, { provider: PROVIDER_NAME, reason });
}
