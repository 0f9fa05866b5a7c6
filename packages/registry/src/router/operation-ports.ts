/** The ports that use a key, routed. */

import type { CallOptions, CipherAlgorithm, Operation, Peer, Ports, Provider, SignRequest } from "@keyrail/core";
import type { RoutedSignature } from "./router.ts";
import { missingPort, routeOf, type Routes, type Target } from "./routes.ts";
import { withEarlierVersions } from "./earlier-versions.ts";
import { verifySignature } from "./verify-signature.ts";

type OperationPorts = Omit<Required<Ports>, "keys" | "catalog">;

/** One operation at the provider of the key; undefined where the provider has no such port. */
type Call<Request, Result> = (
  provider: Provider,
  request: Request,
  options: CallOptions | undefined,
) => Promise<Result> | undefined;

/** Under a wrong key these fail, and never give wrong bytes. */
const AUTHENTICATED: ReadonlySet<CipherAlgorithm> = new Set<CipherAlgorithm>(["A128GCM", "A192GCM", "A256GCM"]);

interface OnKey {
  readonly key: string;
}

/** The operation on the key a target names. */
function at<Request extends OnKey, Result>(
  target: Target,
  operation: Operation | "approve",
  call: Call<Request, Result>,
  request: Request,
  options: CallOptions | undefined,
): Promise<Result> {
  const result = call(target.provider, { ...request, key: target.key }, options);
  if (result === undefined) throw missingPort(target, operation);
  return result;
}

/** Every port but `keys` and `catalog`, and `sign` that says which key signed. */
export function operationPorts(
  routes: Routes,
  earlierVersions: number,
): OperationPorts & { sign(request: SignRequest, options?: CallOptions): Promise<RoutedSignature> } {
  /** On the current key alone. */
  const routed =
    <Request extends OnKey, Result>(operation: Operation | "approve", call: Call<Request, Result>) =>
    async (request: Request, options?: CallOptions): Promise<Result> =>
      routes.use(keyOf(request), options, (target, given) => at(target, operation, call, request, given));

  /**
   * On the current key, and then on earlier ones; `unless` names requests for which the current key is the only one.
   */
  const routedBack =
    <Request extends OnKey, Result>(
      operation: Operation,
      call: Call<Request, Result>,
      unless?: (request: Request) => boolean,
    ) =>
    async (request: Request, options?: CallOptions): Promise<Result> =>
      routes.use(keyOf(request), options, (target, given) => {
        const maximum = unless?.(request) === true ? 0 : earlierVersions;
        return withEarlierVersions(routes, maximum, target, given, async (candidate, left) =>
          at(candidate, operation, call, request, left),
        );
      });

  return {
    sign: async (request, options) =>
      routes.use(keyOf(request), options, async (target, given) => {
        const signature = await at(
          target,
          "sign",
          (provider, asked: SignRequest, left) => provider.signer?.sign(asked, left),
          request,
          given,
        );
        return { ...signature, route: routeOf(target) };
      }),
    signer: { sign: routed("sign", (provider, request, options) => provider.signer?.sign(request, options)) },
    verifier: {
      verify: routedBack("verify", verifySignature),
    },
    agreement: {
      agree: async (request, options) =>
        routes.use(keyOf(request), options, async (target, given) => {
          const peer = await routedPeer(routes, target, request.peer, given);
          return at(
            target,
            "agree",
            (provider, asked: typeof request, left) => provider.agreement?.agree(asked, left),
            { ...request, peer },
            given,
          );
        }),
    },
    mac: {
      mac: routed("mac", (provider, request, options) => provider.mac?.mac(request, options)),
      verifyMac: routedBack("verify-mac", (provider, request, options) => provider.mac?.verifyMac(request, options)),
    },
    cipher: {
      encrypt: routed("encrypt", (provider, request, options) => provider.cipher?.encrypt(request, options)),
      decrypt: routedBack(
        "decrypt",
        (provider, request, options) => provider.cipher?.decrypt(request, options),
        // Padding alone tells a wrong key in 255 of 256 cases: the rest would be garbage, taken for the plaintext.
        ({ algorithm }) => !AUTHENTICATED.has(algorithm),
      ),
    },
    keyWrap: {
      wrap: routed("wrap", (provider, request, options) => provider.keyWrap?.wrap(request, options)),
      unwrap: routedBack("unwrap", (provider, request, options) => provider.keyWrap?.unwrap(request, options)),
    },
    kem: {
      encapsulate: routed("encapsulate", (provider, request, options) => provider.kem?.encapsulate(request, options)),
      // Under a wrong key ML-KEM gives another secret and no error, so there is nothing to go on by.
      decapsulate: routed("decapsulate", (provider, request, options) => provider.kem?.decapsulate(request, options)),
    },
    keyExport: {
      export: async (key, options) =>
        routes.use(key, options, async (target, given) => {
          if (target.provider.keyExport === undefined) throw missingPort(target, "export");
          return target.provider.keyExport.export(target.key, given);
        }),
    },
    deterministicDerivation: {
      deriveOutput: routed("derive-output", (provider, request, options) =>
        provider.deterministicDerivation?.deriveOutput(request, options),
      ),
    },
    opener: {
      open: async (key, options) =>
        routes.use(key, options, async (target, given) => {
          if (target.provider.opener === undefined) throw missingPort(target, "open");
          return target.provider.opener.open(target.key, given);
        }),
    },
    approvals: {
      requestSignature: routed("approve", (provider, request, options) =>
        provider.approvals?.requestSignature(request, options),
      ),
      resume: async (ticket, options) =>
        routes.use(keyOf(ticket), options, async (target, given) => {
          if (target.provider.approvals === undefined) throw missingPort(target, "approve");
          return target.provider.approvals.resume(ticket, given);
        }),
    },
  };
}

/** What a request gives as its key; JavaScript callers may give no request at all. */
export function keyOf(request: unknown): unknown {
  return typeof request === "object" && request !== null && "key" in request ? request.key : undefined;
}

/**
 * A peer as the provider of the own key understands it: its own keys by URI, a key of another provider by its public
 * half.
 */
export async function routedPeer(
  routes: Routes,
  own: Target,
  peer: Peer,
  options: CallOptions | undefined,
): Promise<Peer> {
  if (typeof peer !== "object" || peer === null || !("key" in peer)) return peer;
  return routes.use(peer.key, options, async (target, given) =>
    target.provider === own.provider
      ? { key: target.key }
      : { publicKey: await target.provider.keys.getPublic(target.key, given) },
  );
}
