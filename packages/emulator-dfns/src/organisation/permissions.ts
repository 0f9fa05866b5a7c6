/** Operations a user may be granted (fact sheet, section 3; names of the official SDK's permission list). */
export const permissions = [
  "Keys:Create",
  "Keys:Read",
  "Keys:Update",
  "Keys:Delete",
  "Keys:Delegate",
  "Keys:Derive",
  "Keys:Export",
  "Keys:Import",
  "Keys:ChildKeys:Create",
  "Keys:Signatures:Create",
  "Keys:Signatures:Read",
  "Signers:ListSigners",
  "KeyStores:Read",
  "KeyStores:Fleets:Create",
  "KeyStores:Fleets:Clone",
  "KeyStores:ProofOfControl:Create",
  "KeyStores:OnchainSignatures:Create",
  "Auth:ServiceAccounts:Create",
  "Policies:Approvals:Read",
  "Policies:Approvals:Approve",
] as const;

/** One grantable operation. */
export type Permission = (typeof permissions)[number];
