import { SummaryReporter } from "./test/summary-reporter.ts";
import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests run on sources: the "keyrail-source" export condition of every workspace package points at src/.
const conditions = ["keyrail-source", "node", "import", "module", "default"];

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
    pool: "forks",
    reporters: ["default", new SummaryReporter()],
    testTimeout: 30_000,
    passWithNoTests: false,
  },
});

export default config;
