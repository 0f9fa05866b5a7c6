/** The dependency fence as a step of `npm test`. */
import { checkFence } from "../fence/check.ts";
import { checkDependencyList } from "../fence/dependency-list.ts";
import { root } from "../process.ts";
import type { Step } from "./step.ts";

export const fence: Step = {
  name: "fence",
  title: "imports point one way; each is declared, and has its reason",
  run: async () => {
    const problems = [...checkFence(root), ...checkDependencyList(root)];
    return { ok: problems.length === 0, output: problems.join("\n") };
  },
};
