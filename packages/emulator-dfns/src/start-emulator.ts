import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  defaultAllowDiffieHellman,
  defaultChallengeLifetimeMs,
  defaultForbidSigningAfterExport,
  defaultRequestsPerMinute,
  defaultUserActionLifetimeMs,
} from "./assumptions.ts";
import { BearerCheck } from "./auth/bearer.ts";
import { type JsonWebTokenIssuer, createJsonWebTokenIssuer } from "./auth/json-web-token.ts";
import { authRoutes } from "./auth/routes.ts";
import { UserActions } from "./auth/user-actions.ts";
import { type Clock, createClock } from "./clock.ts";
import type { ControlParts } from "./control/control-routes.ts";
import { ControlServer } from "./control/control-server.ts";
import { FaultPlan } from "./faults/fault-plan.ts";
import { ApiServer } from "./http/api-server.ts";
import { Counters } from "./http/counters.ts";
import { Dispatcher } from "./http/dispatcher.ts";
import { RateLimiter } from "./http/rate-limiter.ts";
import { RequestLog } from "./http/request-log.ts";
import { Router } from "./http/router.ts";
import { KeyRepository } from "./keys/key-repository.ts";
import { KeyStores } from "./keys/key-stores.ts";
import { keyRoutes } from "./keys/routes.ts";
import { signerRoutes } from "./keys/signer-routes.ts";
import type { DfnsEmulatorOptions } from "./options.ts";
import { Organisation } from "./organisation/organisation.ts";
import { serviceAccountRoutes } from "./organisation/service-account-routes.ts";
import { Approvals } from "./policies/approvals.ts";
import { Policies } from "./policies/policies.ts";
import { approvalRoutes } from "./policies/routes.ts";
import type { Services } from "./services.ts";
import { signatureRoutes } from "./signatures/routes.ts";
import { SignatureRepository } from "./signatures/signature-repository.ts";
import { createSigners } from "./threshold/signers.ts";
import { createServerCertificate } from "./tls/certificate.ts";

/** A running emulator. */
export interface DfnsEmulator extends ControlParts, AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** The CA certificate to trust, PEM: as a file and as text. */
  readonly caFile: string;
  readonly caPem: string;
  /** Bearer token, ids and key of the first service account, which may do everything. */
  readonly authToken: string;
  readonly orgId: string;
  readonly userId: string;
  readonly credId: string;
  /** Its private key, PEM PKCS#8, readable by the owner only; removed by {@link close}. */
  readonly credentialKeyFile: string;
  /** `http://127.0.0.1:<port>` */
  readonly controlUrl: string;
  /** How many keys (archived ones too) and signature requests there are. */
  readonly totals: () => { readonly keys: number; readonly signatures: number };
  /** Settles a pending approval as an approver outside the API would. @throws KeyrailError `InvalidRequest` */
  approve(approvalId: string): void;
  deny(approvalId: string, reason?: string): void;
  /** Stops both servers, ends every connection and removes the files. */
  close(): Promise<void>;
}

/**
 * Starts a Dfns Keys API on loopback with one organisation and one service account.
 *
 * @throws KeyrailError `InvalidConfiguration` for signers that are not five distinct ones. A port that is taken rejects
 *   with the system's error.
 */
export async function startDfnsEmulator(options: DfnsEmulatorOptions = {}): Promise<DfnsEmulator> {
  const clock = createClock(options.now);
  const issue = createJsonWebTokenIssuer();
  const organisation = new Organisation(clock, issue);
  const services = createServices(options, clock, organisation, issue);
  const bearer = new BearerCheck(organisation, clock);
  const rateLimiter = new RateLimiter(clock, options.requestsPerMinute ?? defaultRequestsPerMinute);
  const faults = new FaultPlan();
  const requests = new RequestLog(options.recordedRequests ?? 20_000);
  const counters = new Counters();
  const certificate = createServerCertificate();
  const account = organisation.addUser({
    username: "service-account",
    isServiceAccount: true,
    credential: options.credentialKind ?? "Ed25519",
  });

  const server = new ApiServer({
    certificate,
    router: new Router([
      ...authRoutes,
      ...serviceAccountRoutes,
      ...keyRoutes,
      ...signatureRoutes,
      ...signerRoutes,
      ...approvalRoutes,
    ]),
    dispatcher: new Dispatcher(bearer, rateLimiter, services.userActions, services),
    bearer,
    faults,
    requests,
    counters,
    clock,
  });
  const { policies, approvals, features } = services;
  const parts: ControlParts = {
    organisation,
    policies,
    approvals,
    faults,
    requests,
    counters,
    rateLimiter,
    features,
    clock,
  };
  const control = new ControlServer(parts);
  const folder = await mkdtemp(path.join(tmpdir(), "keyrail-emulator-dfns-"));
  const close = async (): Promise<void> => {
    await Promise.all([server.close(), control.close()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const caFile = path.join(folder, "ca.pem");
    const credentialKeyFile = path.join(folder, "credential.pem");
    await writeFile(caFile, certificate.caPem);
    await writeFile(credentialKeyFile, account.privateKeyPem ?? "", { mode: 0o600 });
    const url = `https://127.0.0.1:${await server.listen(options.port ?? 0)}`;
    const controlUrl = `http://127.0.0.1:${await control.listen(options.controlPort ?? 0)}`;
    return {
      url,
      caFile,
      caPem: certificate.caPem,
      authToken: account.authToken,
      orgId: organisation.id,
      userId: account.userId,
      credId: account.credId ?? "",
      credentialKeyFile,
      controlUrl,
      ...parts,
      totals: () => ({ keys: services.keys.size, signatures: services.signatures.size }),
      approve: (approvalId) => approvals.decideAsSystem(approvalId, "Approved"),
      deny: (approvalId, reason) => approvals.decideAsSystem(approvalId, "Denied", reason),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function createServices(
  options: DfnsEmulatorOptions,
  clock: Clock,
  organisation: Organisation,
  issue: JsonWebTokenIssuer,
): Services {
  return {
    clock,
    organisation,
    features: {
      allowDiffieHellman: options.allowDiffieHellman ?? defaultAllowDiffieHellman,
      forbidSigningAfterExport: options.forbidSigningAfterExport ?? defaultForbidSigningAfterExport,
      importEnabled: options.importEnabled ?? true,
      exportEnabled: options.exportEnabled ?? true,
    },
    userActions: new UserActions(clock, issue, {
      challengeLifetimeMs: options.challengeLifetimeMs ?? defaultChallengeLifetimeMs,
      userActionLifetimeMs: options.userActionLifetimeMs ?? defaultUserActionLifetimeMs,
    }),
    signers: createSigners(options.signers),
    keyStores: new KeyStores(),
    keys: new KeyRepository(clock),
    signatures: new SignatureRepository(clock),
    policies: new Policies(),
    approvals: new Approvals(clock),
  };
}
