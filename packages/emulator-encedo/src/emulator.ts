/** Starts an emulated device with everything around it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createCertificates } from "./certificates/authority.ts";
import type { EmulatorClock } from "./clock.ts";
import { FaultPlan } from "./control/fault-plan.ts";
import { RequestLog } from "./control/request-log.ts";
import { buildDevice } from "./device/build-device.ts";
import { addFixtureKeys } from "./device/fixture-keys.ts";
import { checkOptions, type EncedoEmulatorOptions, type FixtureKey } from "./options.ts";
import { ROUTES } from "./routes.ts";
import { Listener, LOOPBACK, type ListenerEvents } from "./transport/listener.ts";
import { DeviceService } from "./transport/service.ts";

const HOST_NAME = "my.ence.do";

/** A running emulator. */
export interface EncedoEmulator extends AsyncDisposable {
  readonly kind: "encedo";
  /** Base URL of the device over TLS 1.3. */
  readonly url: string;
  /** Base URL of the device over plain HTTP. */
  readonly httpUrl: string;
  /** File with the PEM certificate of the authority that signed the server's. */
  readonly caFile: string;
  /** Content of {@link caFile}. */
  readonly caPem: string;
  readonly userPassphrase: string;
  readonly masterPassphrase: string;
  /** Device identity, base64 of 32 bytes. */
  readonly eid: string;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  /** Puts keys into the repository as if the device had generated them; returns their kids. */
  addKeys(keys: readonly FixtureKey[]): readonly string[];
  /** Stops every listener and removes temporary files. */
  close(): Promise<void>;
}

/**
 * Starts an emulated Encedo HEM on loopback.
 *
 * Errors: `InvalidConfiguration` for an option or a state file that is not what it should be.
 */
export async function startEncedoEmulator(options: EncedoEmulatorOptions = {}): Promise<EncedoEmulator> {
  checkOptions(options);
  const clock: EmulatorClock = options.clock ?? Date;
  const certificates = createCertificates([HOST_NAME]);
  const { device, passphrases } = await buildDevice(options, clock, certificates);
  const faults = new FaultPlan(clock);
  const requests = new RequestLog();
  const service = new DeviceService(device, ROUTES, faults, requests);
  const events: ListenerEvents = {
    connected() {
      requests.connected();
      return device.power === "up";
    },
    handshake: (resumed) => requests.handshake(resumed),
    request: (exchange, waits) => void service.serve(exchange, waits),
  };
  const identity = { certificate: certificates.serverPem, key: certificates.serverKeyPem };
  const secure = new Listener(identity, events);
  const plain = new Listener(undefined, events);
  const port = await secure.listen(options.port ?? 0);
  const httpPort = await plain.listen(options.httpPort ?? 0);
  const folder = mkdtempSync(join(tmpdir(), "keyrail-emulator-encedo-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, certificates.caPem);

  const close = async (): Promise<void> => {
    await Promise.all([secure.close(), plain.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    kind: "encedo",
    url: `https://${LOOPBACK}:${port}`,
    httpUrl: `http://${LOOPBACK}:${httpPort}`,
    caFile,
    caPem: certificates.caPem,
    userPassphrase: passphrases.user,
    masterPassphrase: passphrases.master,
    eid: device.identity.eid,
    faults,
    requests,
    addKeys: (keys) => addFixtureKeys(device, keys),
    close,
    [Symbol.asyncDispose]: close,
  };
}
