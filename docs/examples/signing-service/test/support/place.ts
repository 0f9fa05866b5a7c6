/** A folder with a configuration file, as an operator has it. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadConfiguration } from "../../src/configuration/service-configuration.ts";
import type { RunningService } from "../../src/service.ts";
import { VENDORS, type Vendor, type VendorName } from "./vendors.ts";

/** The token callers present in tests. */
export const TOKEN: string = randomBytes(24).toString("base64url");

/** A folder that is removed in the end, with vendors that run. */
export class Place implements AsyncDisposable {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), "keyrail-service-"));
  readonly #started: Vendor[] = [];
  readonly #services: RunningService[] = [];

  constructor() {
    writeFileSync(path.join(this.folder, "token"), `${TOKEN}\n`, { mode: 0o600 });
  }

  /** Starts a vendor. */
  async vendor<Name extends VendorName>(name: Name): Promise<Awaited<ReturnType<(typeof VENDORS)[Name]>>>;
  async vendor(name: VendorName): Promise<Vendor> {
    const vendor = await VENDORS[name](this.folder);
    this.#started.push(vendor);
    return vendor;
  }

  /** Writes a configuration file with what is always the same, and gives its path. */
  configure(name: string, parts: Readonly<Record<string, unknown>>): string {
    const file = path.join(this.folder, name);
    const usual = { listen: { port: 0 }, tokenFile: "token", logLevel: "silent", shutdownDelay: 0 };
    writeFileSync(file, JSON.stringify({ ...usual, ...parts }));
    return file;
  }

  /** Starts the service in this process. */
  async start(file: string, environment: Readonly<Record<string, string>> = {}): Promise<RunningService> {
    // Loaded here: Node.js runs no decorators, and a campaign, which starts built services alone, runs on it as it is.
    const { startService } = await import("../../src/service.ts");
    const service = await startService(await loadConfiguration(file, environment));
    this.#services.push(service);
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services.splice(0)) await service.stop().catch(() => undefined);
    for (const vendor of this.#started.splice(0)) await vendor[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
