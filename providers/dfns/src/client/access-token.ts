/** The bearer token: where it comes from, and whose it is (dfns.md, section 1). */

import { KeyrailError, tryDecodeBase64Url } from "@keyrail/core";
import { z } from "zod";
import { PROVIDER_NAME } from "../mapping.ts";

/** Asked for a token before each call. */
export interface AccessTokenRequest {
  /** Present when the service has just refused this token: give another one if there is one. */
  readonly rejected?: string;
}

/** A bearer token, or what gives one. A callback keeps its token itself: it is asked once for every port call. */
export type AccessTokenSource = string | ((request: AccessTokenRequest) => string | Promise<string>);

const TOKEN = /^[\u0021-\u007e]{1,16384}$/;
const claims = z.looseObject({ "https://custom/app_metadata": z.looseObject({ orgId: z.string() }) });

/** Gives checked bearer tokens. */
export class AccessTokens {
  readonly #source: AccessTokenSource;
  readonly #orgId: string | undefined;
  /** The last token that passed the check. */
  #checked: string | undefined;

  constructor(source: AccessTokenSource, orgId: string | undefined) {
    this.#source = source;
    this.#orgId = orgId;
    if (typeof source === "string") this.#check(source);
  }

  /** The token, when it is a fixed one. */
  get fixed(): string | undefined {
    return typeof this.#source === "string" ? this.#source : undefined;
  }

  /**
   * The token to send.
   * @throws KeyrailError `IdentityMismatch` when it is another organisation's, `InvalidConfiguration` when it is no
   *   token, `AuthenticationFailed` when the callback fails.
   */
  async current(): Promise<string> {
    return typeof this.#source === "string" ? this.#source : this.#ask(this.#source, {});
  }

  /** Another token instead of one that was refused with 401; undefined when the source has none. */
  async instead(rejected: string): Promise<string | undefined> {
    if (typeof this.#source === "string") return undefined;
    const token = await this.#ask(this.#source, { rejected });
    return token === rejected ? undefined : token;
  }

  async #ask(source: Exclude<AccessTokenSource, string>, request: AccessTokenRequest): Promise<string> {
    let token: string;
    try {
      token = await source(request);
    } catch (cause) {
      throw new KeyrailError(
        "AuthenticationFailed",
        "The callback for the Dfns access token failed; nothing was sent.",
        { provider: PROVIDER_NAME, reason: "access token callback" },
        { cause, retry: "safe" },
      );
    }
    this.#check(token);
    return token;
  }

  #check(token: string): void {
    if (token === this.#checked) return;
    if (typeof token !== "string" || !TOKEN.test(token)) {
      throw new KeyrailError(
        "InvalidConfiguration",
        token === ""
          ? "The Dfns access token must be given; it is empty."
          : 'The Dfns access token must be the bare token, without "Bearer", white space or line breaks.',
        {
          path: "authToken",
        },
      );
    }
    if (this.#orgId !== undefined) checkOrganisation(token, this.#orgId);
    this.#checked = token;
  }
}

function checkOrganisation(token: string, orgId: string): void {
  const actual = organisationOf(token);
  if (actual === orgId) return;
  throw new KeyrailError(
    "IdentityMismatch",
    `The Dfns access token is not one of the organisation ${orgId}; nothing was sent.`,
    { provider: PROVIDER_NAME, expected: orgId, actual: actual ?? "no organisation" },
  );
}

/** The organisation a token claims, unverified: the service verifies it. */
function organisationOf(token: string): string | undefined {
  const bytes = tryDecodeBase64Url(token.split(".")[1] ?? "");
  if (bytes === undefined) return undefined;
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
  const parsed = claims.safeParse(payload);
  return parsed.success ? parsed.data["https://custom/app_metadata"].orgId : undefined;
}
