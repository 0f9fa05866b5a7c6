import manifest from "../package.json" with { type: "json" };

/** The version of the suite, that of its package. */
export const SUITE_VERSION: string = manifest.version;
