import { type Route, defineRoute, noQuery } from "../http/route.ts";
import { userActionInitSchema, userActionSchema } from "./schemas.ts";

/** The pair that makes user actions: bearer only, no permission. */
export const authRoutes: readonly Route[] = [
  defineRoute({
    operation: "CreateUserActionChallenge",
    method: "POST",
    path: "/auth/action/init",
    permissions: () => [],
    endUser: true,
    userAction: false,
    body: userActionInitSchema,
    query: noQuery,
    run: ({ caller, body }, { userActions }) => userActions.init(caller, body),
  }),
  defineRoute({
    operation: "SignUserActionChallenge",
    method: "POST",
    path: "/auth/action",
    permissions: () => [],
    endUser: true,
    userAction: false,
    body: userActionSchema,
    query: noQuery,
    run: ({ caller, body, effects }, { userActions }) => userActions.complete(caller, body, effects.expireUserAction),
  }),
];
