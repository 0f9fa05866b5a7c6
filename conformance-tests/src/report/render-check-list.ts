import { CHECK_GROUPS, type CheckGroup } from "../check.ts";
import { CHECKS } from "../checks/index.ts";
import { legend } from "./marks.ts";
import { row } from "./markdown-cell.ts";

const GROUP_TEXTS: Readonly<Record<CheckGroup, string>> = {
  declaration: "The declaration is the only switch of the suite, so it is checked first.",
  create: "Keys made inside the provider.",
  import: "Right material comes in whole; wrong material is refused.",
  "get-public": "The public half of a key.",
  sign: "Signatures, verified by another implementation.",
  verify: "Signatures made outside, and bytes that are none.",
  agree: "Raw shared secrets, compared with those computed outside.",
  mac: "Authentication tags.",
  cipher: "Encryption and decryption.",
  "key-wrap": "Keys wrapped under keys.",
  kem: "Key encapsulation.",
  "derive-ecdh": "Stored keys derived by agreement.",
  "derive-hd": "Stored keys derived by path.",
  "derive-output": "Deterministic outputs.",
  export: "Keys that leave the provider, and keys that do not.",
  opener: "Keys opened for synchronous use.",
  approvals: "Operations people decide on.",
  catalog: "Finding, naming and removing keys.",
  usages: "What a key may not do, it does not do.",
  limits: "Lengths and characters, at the edge.",
  errors: "Codes and texts of failures.",
  idempotency: "One intent, one key.",
  abort: "Calls that the caller ends.",
  deadline: "Calls that take too long.",
  concurrency: "Calls at the same time.",
  persistence: "What is left when a provider is opened again.",
  capability: "What is not declared is refused; what is declared is taken.",
  secrets: "Secrets stay inside.",
  close: "The end of a provider object.",
};

/** The whole suite as a Markdown page: every check with its id, title and the requirement it proves. */
export function renderCheckList(): string {
  const lines = [
    "# Conformance checks",
    "",
    `The ${CHECKS.length} checks of \`@keyrail/conformance-tests\`, generated from the suite itself. Ids are stable. Which of them apply to a provider is decided by its capability declaration alone; a check that does not apply verifies that the operation is refused.`,
    "",
    `States of a cell: ${legend()}.`,
    "",
    "Checks marked **k** make, change or remove keys; a read-only run leaves them out.",
  ];
  for (const group of CHECK_GROUPS) {
    const checks = CHECKS.filter((check) => check.group === group);
    if (checks.length === 0) continue;
    lines.push(
      "",
      `## ${group}`,
      "",
      GROUP_TEXTS[group],
      "",
      row(["Id", "", "Title", "Requirement"]),
      row(["---", "---", "---", "---"]),
    );
    for (const check of checks) {
      lines.push(row([`\`${check.id}\``, check.makesKeys ? "k" : "", check.title, check.requirement]));
    }
  }
  return `${lines.join("\n")}\n`;
}
