import { z } from "zod";

/** Body of `POST /auth/action/init` (fact sheet, section 2). */
export interface UserActionInit {
  readonly userActionPayload: string;
  readonly userActionHttpMethod: "POST" | "PUT" | "DELETE" | "GET";
  readonly userActionHttpPath: string;
  readonly userActionServerKind?: "Api" | "Staff";
}

export const userActionInitSchema: z.ZodType<UserActionInit> = z.strictObject({
  userActionPayload: z.string(),
  userActionHttpMethod: z.enum(["POST", "PUT", "DELETE", "GET"]),
  userActionHttpPath: z.string().min(1),
  userActionServerKind: z.enum(["Api", "Staff"]).exactOptional(),
});

/** One factor. Only `Key` credentials exist here: service accounts can have no other. */
export interface KeyFactor {
  readonly kind: "Key";
  readonly credentialAssertion: {
    readonly credId: string;
    readonly clientData: string;
    readonly signature: string;
    readonly algorithm?: string;
  };
}

/** Body of `POST /auth/action`. */
export interface UserActionAssertion {
  readonly challengeIdentifier: string;
  readonly firstFactor: KeyFactor;
  readonly secondFactor?: KeyFactor;
}

const keyFactor: z.ZodType<KeyFactor> = z.strictObject({
  kind: z.literal("Key"),
  credentialAssertion: z.strictObject({
    credId: z.string().min(1),
    clientData: z.string().min(1),
    signature: z.string().min(1),
    algorithm: z.string().exactOptional(),
  }),
});

export const userActionSchema: z.ZodType<UserActionAssertion> = z.strictObject({
  challengeIdentifier: z.string().min(1),
  firstFactor: keyFactor,
  secondFactor: keyFactor.exactOptional(),
});
