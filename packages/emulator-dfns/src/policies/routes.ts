import { z } from "zod";
import { type PageQuery, pageQueryFields } from "../http/pagination.ts";
import { type Route, defineRoute, noBody, noQuery } from "../http/route.ts";
import { approvalObject } from "./approvals.ts";

interface DecisionBody {
  readonly value: "Approved" | "Denied";
  readonly reason?: string;
}

interface ListApprovalsQuery extends PageQuery {
  readonly status?: "Pending" | "Approved" | "Denied" | "Expired";
  readonly initiatorId?: string;
  readonly approverId?: string;
}

const decisionSchema: z.ZodType<DecisionBody> = z.strictObject({
  value: z.enum(["Approved", "Denied"]),
  reason: z.string().exactOptional(),
});

const listQuery: z.ZodType<ListApprovalsQuery> = z.strictObject({
  ...pageQueryFields,
  status: z.enum(["Pending", "Approved", "Denied", "Expired"]).exactOptional(),
  initiatorId: z.string().exactOptional(),
  approverId: z.string().exactOptional(),
});

/** `/v2/policy-approvals` (fact sheet, section 10; reading and permissions after the official SDK). */
export const approvalRoutes: readonly Route[] = [
  defineRoute({
    operation: "ListApprovals",
    method: "GET",
    path: "/v2/policy-approvals",
    permissions: () => ["Policies:Approvals:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: listQuery,
    run: ({ query: { status, initiatorId, approverId, ...query } }, { approvals }) => {
      const { items, ...rest } = approvals.list(
        query,
        (approval) =>
          (status === undefined || approval.status === status) &&
          (initiatorId === undefined || approval.initiatorId === initiatorId) &&
          (approverId === undefined || approval.decisions.some(({ userId }) => userId === approverId)),
      );
      return { items: items.map(approvalObject), ...rest };
    },
  }),
  defineRoute({
    operation: "GetApproval",
    method: "GET",
    path: "/v2/policy-approvals/:approvalId",
    permissions: () => ["Policies:Approvals:Read"],
    endUser: true,
    userAction: false,
    body: noBody,
    query: noQuery,
    run: ({ param }, { approvals }) => approvalObject(approvals.get(param("approvalId"))),
  }),
  defineRoute({
    operation: "CreateApprovalDecision",
    method: "POST",
    path: "/v2/policy-approvals/:approvalId/decisions",
    permissions: () => ["Policies:Approvals:Approve"],
    endUser: true,
    userAction: true,
    body: decisionSchema,
    query: noQuery,
    run: ({ body, caller, param }, { approvals }) =>
      approvalObject(approvals.decide(param("approvalId"), caller.user.id, body.value, body.reason)),
  }),
];
