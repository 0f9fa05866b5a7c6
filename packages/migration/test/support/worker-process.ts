/** A worker in a process of its own. Its argument is JSON: see {@link WorkerOrder}. Prints the outcome. */

import { runWorker } from "../../src/index.ts";
import { type DeviceAccess, openDevice, openService, type ServiceAccess } from "./vendors.ts";

/** What the process is told. */
export interface WorkerOrder {
  readonly databaseUri: string;
  readonly run: string;
  readonly name: string;
  readonly device: DeviceAccess;
  readonly service: ServiceAccess;
}

const order: WorkerOrder = JSON.parse(process.argv[2] ?? "{}");
const result = await runWorker({
  databaseUri: order.databaseUri,
  run: order.run,
  worker: order.name,
  sliceSize: 10,
  inFlight: 4,
  retry: { firstPause: 5, longestPause: 50 },
  lease: { settle: 500 },
  openProviders: async () => ({ source: await openDevice(order.device), target: await openService(order.service) }),
});
process.stdout.write(JSON.stringify(result));
