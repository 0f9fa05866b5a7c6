/** Every step of `npm test`, in the order they start: the quick ones first. */
import { addresses } from "./addresses.ts";
import { build, types } from "./compile.ts";
import { fence } from "./fence.ts";
import { docsCode, docsGenerated } from "./docs.ts";
import { installed } from "./installed.ts";
import { packages } from "./packages.ts";
import { type Step, program } from "./step.ts";
import { unit } from "./unit.ts";

export const steps: readonly Step[] = [
  program("format", "one format (oxfmt)", "oxfmt", ["--check"]),
  types,
  program("lint", "lint, type-aware (oxlint)", "oxlint", ["--deny-warnings"]),
  fence,
  addresses,
  program("unused", "no unused files, exports or dependencies (knip)", "knip", ["--no-progress", "--no-config-hints"]),
  build,
  packages,
  installed,
  docsCode,
  docsGenerated,
  unit,
];
