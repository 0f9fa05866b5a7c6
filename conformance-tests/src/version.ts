/** The version of the suite, as in its package.json; a test keeps the two alike. */
export const SUITE_VERSION = "0.1.0";
