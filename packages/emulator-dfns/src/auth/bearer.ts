import { badRequest, notAuthorized } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import type { AccessToken, Organisation, User } from "../organisation/organisation.ts";

/** Who makes a request. */
export interface Caller {
  readonly user: User;
  readonly token: AccessToken;
}

/** Opens `Authorization: Bearer` headers (fact sheet, sections 1 and 10). */
export class BearerCheck {
  readonly #organisation: Organisation;
  readonly #clock: Clock;
  /** The last header that named a token. Tokens are never taken away, they only expire. */
  #last: { readonly authorization: string; readonly token: AccessToken } | undefined;

  constructor(organisation: Organisation, clock: Clock) {
    this.#organisation = organisation;
    this.#clock = clock;
  }

  /** The token of a header, whether or not it has expired; `undefined` when it is none of ours. */
  tokenOf(authorization: string | undefined): AccessToken | undefined {
    if (this.#last !== undefined && this.#last.authorization === authorization) return this.#last.token;
    const token = this.#find(authorization);
    if (token !== undefined && authorization !== undefined) this.#last = { authorization, token };
    return token;
  }

  #find(authorization: string | undefined): AccessToken | undefined {
    const [scheme, value, ...rest] = (authorization ?? "").split(" ");
    if (scheme?.toLowerCase() !== "bearer" || value === undefined || rest.length > 0) return undefined;
    return this.#organisation.token(value);
  }

  /** @throws ApiError 401 for a missing, bad or expired token or a user that is gone, 400 for a deactivated user. */
  authenticate(authorization: string | undefined): Caller {
    const token = this.tokenOf(authorization);
    if (token === undefined || token.expiresAt <= this.#clock.now()) throw notAuthorized();
    const user = this.#organisation.user(token.userId);
    if (user === undefined) throw notAuthorized("User not found");
    if (!user.active) throw badRequest("User account has been deactivated.");
    return { user, token };
  }
}
