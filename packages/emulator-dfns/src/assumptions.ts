/**
 * What the fact sheet does not document and the emulator therefore assumes (fact sheet, section 12), one constant each.
 *
 * Nothing here was seen on the live service. A constant with `Default` in its name is only the start value of an
 * option of `startDfnsEmulator`. The second half lists assumptions of the emulator's own, where section 12 is silent too.
 */

// ---- Section 12 -----------------------------------------------------------------------------------------------------

/** Lifetime of a challenge, ms. Completing a later one answers 400. */
export const defaultChallengeLifetimeMs: number = 5 * 60_000;

/** Lifetime of a `userAction` token, ms. Using a later one answers 403. */
export const defaultUserActionLifetimeMs: number = 2 * 60_000;

/** Completing a challenge twice, late, or one of another caller: 400 with this message. */
export const invalidChallengeMessage = "Challenge token is not valid.";

/** A signature that does not verify, a credential that is not the caller's, client data for another challenge. */
export const badAssertionStatus = 401;

/** The payload declared at init and the body sent are parsed and compared deeply; none, `""` and `{}` are the same. */
export const payloadMismatchStatus = 403;

/** The claim that holds orgId (documented), and userId and tokenId (assumed). */
export const organisationClaim = "https://custom/app_metadata";

/** A scheme and curve that section 6 does not pair. */
export const invalidSchemeCurveStatus = 400;

/** `deriveFrom` must name an Active master key of the same scheme and curve. */
export const badMasterStatus = 400;

/** `masterKey:true` is taken for stark and Schnorr, refused for DH. */
export const schemesWithoutMasterKeys: ReadonlySet<string> = new Set(["DH"]);

/** Paths chosen by the service are `m/<n>`, n from 0 up per master; a path used before answers 409. */
export const automaticPathPrefix = "m/";

/** DH keys exist only when the emulator is started with `allowDiffieHellman`. */
export const defaultAllowDiffieHellman = false;

/** The derive output is the SHA-256 of the compressed point. Unverified: no published sample can confirm it. */
export const deriveOutputHash = "sha256";

/** Signing, deriving, exporting, updating, delegating or deleting an archived key. It is still returned by GET and lists. */
export const archivedKeyStatus = 400;

/** Lists: newest first, 50 by default (documented for wallets), at most 1,000; a limit of 0 or above the maximum is 400. */
export const defaultPageSize = 50;
export const maximumPageSize = 1000;

/** Delegating twice, or a key made without `delayDelegation`. */
export const delegationRefusedStatus = 400;

/** A wrong `minSigners`, a missing, repeated or unknown signer, a share that does not open or does not fit. */
export const badShareStatus = 400;

/** Importing a public key that the organisation already has, archived keys included. */
export const duplicateKeyStatus = 409;

/** Chain code of a master key in import and export shares: 64 hex, last member, equal in all shares, version stays 1. */
export const chainCodeField = "chain_code";

/** Export when the caller supports no protocol that fits the key. */
export const noCommonSchemeStatus = 400;

/** Exported keys go on signing unless `forbidSigningAfterExport`. */
export const defaultForbidSigningAfterExport = false;

/** A signature kind, or a `taprootMerkleRoot`, that does not fit the key. */
export const unfitKindStatus = 400;

/** A signature request that a policy blocks. */
export const blockedByPolicyMessage = "blocked by policy";

/** Sliding window of the rate limit, ms, per organisation; `Retry-After` is in whole seconds, rounded up. */
export const rateLimitWindowMs = 60_000;

/** Documented: 1000 requests a minute per organisation (100 for trials). */
export const defaultRequestsPerMinute = 1000;

/** Documented for the service: five signers, three of which can sign. */
export const signerCount = 5;
export const threshold = 3;

// ---- Where section 12 is silent as well -------------------------------------------------------------------------------

/** A `userAction` that passes its checks is spent, whatever the call then answers. Is one spent that is refused with 403? */
export const refusedCallSpendsUserAction: boolean = false;

/** A valid assertion spends its challenge. Does a wrong one, too? */
export const wrongAssertionSpendsChallenge: boolean = false;

/**
 * Import: shares on a polynomial of a lower degree than `minSigners - 1`, so that fewer signers hold the key than is said.
 * The sheet asks for non-zero coefficients and for points consistent with the degree; what the service does is not told.
 */
export const acceptsLowerDegree: boolean = false;

/**
 * `Message` for an EdDSA key with a hint is signed as it is, as Solana has it: the wrappings of other chains are not
 * documented. Otherwise it would be refused.
 */
export const hintedEdDsaMessagesArePlain: boolean = true;

/** `Psbt`: whether `signedData` is the final transaction. Other signers may have to follow, so it stays a PSBT. */
export const psbtIsFinalised: boolean = false;

/** A second factor that was not asked for is checked all the same. */
export const uncalledSecondFactorIsChecked: boolean = true;

/** Import and export for an organisation without the contract: "feature not in plan". */
export const featureNotInPlanStatus = 402;

/** `delegateTo` must be an EndUser of the organisation; giving `delayDelegation:true` with it is a contradiction. */
export const badDelegateStatus = 400;

/** The initiator of a request approves it himself. */
export const selfApprovalStatus = 403;

/** Deciding an approval that is not pending. */
export const decidedApprovalStatus = 400;

/** Query parameters that the endpoint does not know: refused, as unknown body fields are. */
export const unknownQueryStatus = 400;

/** A body longer than this, bytes, answers 413. Messages to sign may have any length; something has to be the most. */
export const maximumBodyBytes = 10_485_760;

/** A service account made over the API may do everything: the permissions it would be given are not emulated. */
export const newServiceAccountPermissions = "all";

/** A bearer token that is not a service account's or a personal access token lives this long, ms. */
export const sessionTokenLifetimeMs: number = 6 * 3_600_000;
