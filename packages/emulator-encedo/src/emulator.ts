/** Starts an emulated device with everything around it. */

import { KeyrailError } from "@keyrail/core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { REQUESTS_SERVED_AT_ONCE } from "./assumptions.ts";
import { createCertificates } from "./certificates/authority.ts";
import type { EmulatorClock } from "./clock.ts";
import { controlActions } from "./control/control-actions.ts";
import { ControlServer } from "./control/control-server.ts";
import { DeviceControls } from "./control/device-controls.ts";
import { FaultPlan } from "./control/fault-plan.ts";
import { RequestLog } from "./control/request-log.ts";
import { buildDevice } from "./device/build-device.ts";
import { addFixtureKeys } from "./device/fixture-keys.ts";
import { EmulatedAuthenticator } from "./external-auth/authenticator.ts";
import { Broker } from "./external-auth/broker.ts";
import { pairDirectly } from "./external-auth/pair-directly.ts";
import { checkOptions, type EncedoEmulatorOptions, type FixtureKey } from "./options.ts";
import { routesOf } from "./routes.ts";
import { serveRequest } from "./routing/pipeline.ts";
import { CheckinService } from "./system/checkin-service.ts";
import { Listener, LOOPBACK, type ListenerEvents } from "./transport/listener.ts";
import { empty } from "./transport/messages.ts";
import { HttpService } from "./transport/service.ts";

const HOST_NAME = "my.ence.do";
const BROKER_PATH = "/notify";
const CHECKIN_PATH = "/checkin";

/** A running emulator. */
export interface EncedoEmulator extends AsyncDisposable {
  readonly kind: "encedo";
  /** Base URL of the device over TLS 1.3. */
  readonly url: string;
  /** Base URL of the device over plain HTTP. */
  readonly httpUrl: string;
  /** File with the PEM certificate of the authority that signed all server certificates. */
  readonly caFile: string;
  /** Content of {@link caFile}. */
  readonly caPem: string;
  /** Passphrase of role U; empty of meaning on a device that is not initialised. */
  readonly userPassphrase: string;
  /** Passphrase of role M. */
  readonly masterPassphrase: string;
  /** Base URL of the notification broker, over TLS: `/session` and `/event/...` are below it. */
  readonly brokerUrl: string;
  /** URL of the check-in service, over TLS. */
  readonly checkinUrl: string;
  /** Base URL of the control endpoint, over plain HTTP. */
  readonly controlUrl: string;
  /** Device identity, base64 of 32 bytes. */
  readonly eid: string;
  /** What goes wrong, on the device and on the services around it. */
  readonly faults: FaultPlan;
  /** What arrived at the device. */
  readonly requests: RequestLog;
  /** What arrived at broker and check-in service. */
  readonly serviceRequests: RequestLog;
  /** The device's plug, clock and firmware. */
  readonly controls: DeviceControls;
  /** The phone app. */
  readonly authenticator: EmulatedAuthenticator;
  /** Pairs the phone app as if over the wire; returns the pairing's kid. */
  pairAuthenticator(label?: string): string;
  /** Puts keys into the repository as if the device had generated them; returns their kids. */
  addKeys(keys: readonly FixtureKey[]): readonly string[];
  /** Stops every listener and removes temporary files. The state file, if any, holds the last state. */
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
  const serviceRequests = new RequestLog();
  const broker: Broker = new Broker(clock, (event) => authenticator.notify(event));
  const authenticator = new EmulatedAuthenticator(clock, () => broker.pending());
  const checkin = new CheckinService(clock);
  const controls = new DeviceControls(device, checkin);
  const addKeys = (keys: readonly FixtureKey[]): readonly string[] => addFixtureKeys(device, keys);

  const routes = routesOf(device.model);
  const deviceService = new HttpService({
    device,
    faults,
    log: requests,
    turns: REQUESTS_SERVED_AT_ONCE,
    followsPower: true,
    answer: (request, requestFaults) => serveRequest(device, routes, request, requestFaults),
  });
  const aroundService = new HttpService({
    device,
    faults,
    log: serviceRequests,
    turns: Number.POSITIVE_INFINITY,
    followsPower: false,
    answer(request) {
      if (request.path === CHECKIN_PATH) return Promise.resolve(checkin.serve(request));
      if (!request.path.startsWith(`${BROKER_PATH}/`)) return Promise.resolve(empty(404));
      return Promise.resolve(broker.serve(request.path.slice(BROKER_PATH.length), request));
    },
  });

  const identity = { certificate: certificates.serverPem, key: certificates.serverKeyPem };
  const deviceEvents = listenerEvents(deviceService, requests, () => device.power === "up");
  const secure = new Listener(identity, deviceEvents);
  const plain = new Listener(undefined, deviceEvents);
  const services = new Listener(
    identity,
    listenerEvents(aroundService, serviceRequests, () => true),
  );
  const control = new ControlServer(
    controlActions({ controls, faults, requests, serviceRequests, authenticator, addKeys }),
  );
  const stop = async (): Promise<void> => {
    await Promise.allSettled([secure.close(), plain.close(), services.close(), control.close()]);
  };
  const ports = await listenAll([
    () => secure.listen(options.port ?? 0),
    () => plain.listen(options.httpPort ?? 0),
    () => services.listen(options.servicesPort ?? 0),
    () => control.listen(options.controlPort ?? 0),
  ]).catch(async (error: unknown) => {
    await stop();
    throw new KeyrailError(
      "InvalidConfiguration",
      "A port of the Encedo emulator can't be listened on.",
      { path: "port" },
      { cause: error },
    );
  });
  const [port, httpPort, servicesPort, controlPort] = ports;
  const folder = mkdtempSync(join(tmpdir(), "keyrail-emulator-encedo-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, certificates.caPem);

  const close = async (): Promise<void> => {
    await stop();
    device.retire();
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
    brokerUrl: `https://${LOOPBACK}:${servicesPort}${BROKER_PATH}`,
    checkinUrl: `https://${LOOPBACK}:${servicesPort}${CHECKIN_PATH}`,
    controlUrl: `http://${LOOPBACK}:${controlPort}`,
    eid: device.identity.eid,
    faults,
    requests,
    serviceRequests,
    controls,
    authenticator,
    pairAuthenticator: (label = "Emulated phone") => pairDirectly(device, authenticator, label),
    addKeys,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listenerEvents(service: HttpService, log: RequestLog, accepts: () => boolean): ListenerEvents {
  return {
    connected() {
      log.connected();
      return accepts();
    },
    disconnected: () => log.disconnected(),
    handshake: (resumed) => log.handshake(resumed),
    request: (exchange, waits) => void service.serve(exchange, waits),
  };
}

async function listenAll(listeners: readonly (() => Promise<number>)[]): Promise<readonly number[]> {
  const ports: number[] = [];
  for (const listen of listeners) ports.push(await listen());
  return ports;
}
