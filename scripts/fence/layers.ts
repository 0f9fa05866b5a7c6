/** Which package of the workspace may import which: design.md section 3, as data. */

/** A folder of the workspace and the packages (by name) its sources may import. */
export interface Layer {
  folder: string;
  mayImport: readonly string[];
}

const foundation = ["@keyrail/core", "@keyrail/crypto", "@keyrail/http"];
const providers = ["@keyrail/software", "@keyrail/encedo", "@keyrail/dfns"];
const emulators = ["@keyrail/emulator-encedo", "@keyrail/emulator-dfns"];
const state = ["@keyrail/database", "@keyrail/registry"];
const configuration = "@keyrail/configuration";
const services = [...state, "@keyrail/migration", "@keyrail/conformance-tests"];

/** From the foundation to the edge. A layer never imports one to its right, nor one beside it. */
export const layers: readonly Layer[] = [
  { folder: "packages/core", mayImport: [] },
  { folder: "packages/crypto", mayImport: ["@keyrail/core"] },
  { folder: "packages/http", mayImport: ["@keyrail/core"] },
  { folder: "providers/software", mayImport: foundation },
  { folder: "providers/encedo", mayImport: foundation },
  { folder: "providers/dfns", mayImport: foundation },
  { folder: "packages/emulator-encedo", mayImport: ["@keyrail/core", "@keyrail/crypto"] },
  { folder: "packages/emulator-dfns", mayImport: ["@keyrail/core", "@keyrail/crypto"] },
  { folder: "packages/database", mayImport: ["@keyrail/core"] },
  { folder: "packages/registry", mayImport: [...foundation, "@keyrail/database"] },
  { folder: "packages/migration", mayImport: [...foundation, ...state] },
  { folder: "conformance-tests", mayImport: foundation },
  { folder: "packages/configuration", mayImport: [...foundation, ...providers] },
  { folder: "packages/inversify", mayImport: [...foundation, ...providers, ...services, configuration] },
  {
    folder: "packages/cli",
    mayImport: [...foundation, ...providers, ...emulators, ...services, configuration, "@keyrail/inversify"],
  },
];

/**
 * Tests reach further, by package name: an adapter's tests start its emulator and run the conformance suite. An
 * emulator's tests still know no adapter, so that the two stay independent readings of the vendor's interface.
 */
export function testsMayImport(folder: string): (name: string) => boolean {
  return folder.startsWith("packages/emulator-") ? (name) => !providers.includes(name) : () => true;
}

/** Words that name a provider; `packages/core` has none of them outside comments. */
export const providerNames: RegExp = /encedo|dfns|\bhem\b|@keyrail\/software|software-?provider/i;

/**
 * Packages a build takes into our own file wherever they are a devDependency: sources may import them all the same, and
 * published types never name them.
 */
export const bundledDependencies: readonly string[] = ["zod"];
