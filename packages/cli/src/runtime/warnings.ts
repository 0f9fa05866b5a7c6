/** Warnings of the runtime: those about parts of Node.js that older versions call experimental are not for the user. */

const EXPECTED = /SQLite is an experimental feature|Type Stripping is an experimental feature|Importing JSON modules/;

/** From now on prints every warning of the process on standard error but the expected ones. */
export function quietWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning" && EXPECTED.test(warning.message)) return;
    process.stderr.write(`Warning: ${warning.name}: ${warning.message}\n`);
  });
}
