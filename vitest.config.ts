import { availableParallelism } from "node:os";
import { SummaryReporter } from "./test/summary-reporter.ts";
import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests run on sources: the "keyrail-source" export condition of every workspace package points at src/.
// "import" and "require" are not named: they go by how a package is asked for, and one that is asked for both ways has both.
const conditions = ["keyrail-source", "node", "module"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["keyrail-source", "node"] } },
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "providers/*/{src,test}/**/*.test.ts",
      "conformance-tests/{src,test}/**/*.test.ts",
      "docs/**/*.test.ts",
      "scripts/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    globalSetup: ["test/postgresql/global-setup.ts"],
    pool: "forks",
    // The default leaves one processor to the runner, which waits most of the time: on two, that is half of them.
    maxWorkers: availableParallelism(),
    reporters: ["default", new SummaryReporter()],
    testTimeout: 30_000,
    passWithNoTests: false,
  },
});

export default config;
