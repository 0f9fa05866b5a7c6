/** `Approvals`: operations people decide on. */

import type { Check } from "../check.ts";
import { expectPresent, expectRejection, expectThat } from "../expect.ts";
import { port } from "../needs.ts";
import { inputOver } from "../reference/signatures.ts";
import { isSignature } from "../refusal/algorithm-kinds.ts";

/** The checks of approvals. */
export const APPROVAL_CHECKS: readonly Check[] = [
  {
    id: "approvals.foreign-ticket",
    group: "approvals",
    title: "Takes no ticket of another provider",
    requirement:
      "Approvals.resume: finishes what a ticket stands for; a ticket of another provider is `InvalidRequest`.",
    needs: [port("approvals")],
    makesKeys: false,
    async run({ provider }) {
      const approvals = expectPresent(provider.approvals, "there is no port `approvals`");
      const ticket = {
        version: 1,
        provider: "another",
        key: "another://host/key",
        operation: "sign",
        reference: "none",
        state: {},
      } as const;
      await expectRejection("InvalidRequest", "the ticket of another provider", () => approvals.resume(ticket));
    },
  },
  {
    id: "approvals.request-signature",
    group: "approvals",
    title: "A signature, or the ticket of an approval",
    requirement:
      "Approvals.requestSignature: signs, or gives a ticket that is plain JSON data; an approval is a result, not a failure.",
    needs: [port("approvals")],
    makesKeys: false,
    async run(context) {
      const approvals = expectPresent(context.provider.approvals, "there is no port `approvals`");
      const row = expectPresent(context.capabilities.rows("sign")[0], "nothing signs");
      const keyType = expectPresent(row.keyTypes[0], "no key type");
      const algorithm = expectPresent(row.algorithms?.[0], "no algorithm");
      if (!isSignature(algorithm)) return;
      const { key } = await context.fixtures.get(context.provider, {
        keyType,
        usages: ["sign"],
        algorithms: [algorithm],
      });
      const input = inputOver(algorithm, row.inputs?.includes("message") === false ? "digest" : "message");
      const outcome = await approvals.requestSignature({ key, algorithm, ...input.request });
      if (outcome.status === "done") return expectThat(outcome.result.signature.length > 0, "an empty signature");
      const again: unknown = JSON.parse(JSON.stringify(outcome.ticket));
      expectThat(typeof again === "object" && again !== null, "the ticket is not plain data");
      expectThat(outcome.ticket.provider === context.provider.name, "the ticket names another provider");
    },
  },
];
