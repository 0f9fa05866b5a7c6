import { KeyrailError } from "@keyrail/core";
import type { JsonWebTokenIssuer } from "../auth/json-web-token.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import { organisationClaim, sessionTokenLifetimeMs } from "../assumptions.ts";
import { type Credential, type CredentialKind, credentialFromPublicKey, generateCredential } from "./credential.ts";
import type { Permission } from "./permissions.ts";

export type UserKind = "CustomerEmployee" | "EndUser";

/** A user or service account of the organisation. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly kind: UserKind;
  readonly isServiceAccount: boolean;
  readonly credentials: Credential[];
  permissions: ReadonlySet<Permission> | "all";
  active: boolean;
}

/** A bearer token's server side. `expiresAt` in ms since 1970. */
export interface AccessToken {
  readonly id: string;
  readonly userId: string;
  expiresAt: number;
}

/** What {@link Organisation.addUser} takes. */
export interface NewUser {
  readonly username?: string;
  /** `CustomerEmployee` by default. */
  readonly kind?: UserKind;
  readonly isServiceAccount?: boolean;
  /** All by default. */
  readonly permissions?: readonly Permission[] | "all";
  /** A key kind to generate (`Ed25519` by default), a PEM public key to register, or none. */
  readonly credential?: CredentialKind | { readonly publicKeyPem: string } | "none";
  /** Lifetime of the bearer token: 1 to 730 days. Service accounts 730, others six hours by default. */
  readonly daysValid?: number;
}

/** A user as handed to whoever plays him. `privateKeyPem` is there when the emulator made the credential. */
export interface AddedUser {
  readonly userId: string;
  readonly username: string;
  readonly authToken: string;
  readonly tokenId: string;
  readonly credId: string | undefined;
  readonly privateKeyPem: string | undefined;
}

const DAY_MS = 86_400_000;

/** The one organisation of an emulator: its users, credentials and bearer tokens. */
export class Organisation {
  readonly id: string = newId("or");
  readonly #users = new Map<string, User>();
  /** By the text of the JWT. */
  readonly #tokens = new Map<string, AccessToken>();
  readonly #clock: Clock;
  readonly #issueJsonWebToken: JsonWebTokenIssuer;

  constructor(clock: Clock, issueJsonWebToken: JsonWebTokenIssuer) {
    this.#clock = clock;
    this.#issueJsonWebToken = issueJsonWebToken;
  }

  addUser(request: NewUser): AddedUser {
    const id = newId("us");
    const user: User = {
      id,
      username: request.username ?? `${id}@example.com`,
      kind: request.kind ?? "CustomerEmployee",
      isServiceAccount: request.isServiceAccount ?? false,
      credentials: [],
      permissions:
        request.permissions === undefined || request.permissions === "all" ? "all" : new Set(request.permissions),
      active: true,
    };
    if (user.isServiceAccount && user.kind === "EndUser") {
      throw new KeyrailError("InvalidRequest", "A service account is a CustomerEmployee, not an EndUser.", {
        path: "kind",
      });
    }
    if (this.findUser(user.username) !== undefined) {
      throw new KeyrailError("InvalidRequest", "The organisation already has a user of that name.", {
        path: "username",
      });
    }
    const added = this.#addCredential(user, request.credential ?? "Ed25519");
    this.#users.set(id, user);
    const lifetime = request.daysValid ?? (user.isServiceAccount ? 730 : undefined);
    const { token, authToken } = this.#issue(id, lifetime === undefined ? sessionTokenLifetimeMs : lifetime * DAY_MS);
    return { userId: id, username: user.username, authToken, tokenId: token.id, ...added };
  }

  /** Registers one more credential for a user. */
  addCredential(
    userId: string,
    credential: CredentialKind | { readonly publicKeyPem: string },
  ): {
    readonly credId: string | undefined;
    readonly privateKeyPem: string | undefined;
  } {
    return this.#addCredential(this.#require(userId), credential);
  }

  /** A further bearer token of a user, valid for `daysValid` days or six hours. */
  issueToken(userId: string, daysValid?: number): string {
    this.#require(userId);
    return this.#issue(userId, daysValid === undefined ? sessionTokenLifetimeMs : daysValid * DAY_MS).authToken;
  }

  setPermissions(userId: string, permissions: readonly Permission[] | "all"): void {
    this.#require(userId).permissions = permissions === "all" ? "all" : new Set(permissions);
  }

  /** A deactivated user is answered 400 until activated again. */
  setActive(userId: string, active: boolean): void {
    this.#require(userId).active = active;
  }

  /** Switches every credential of a user on or off. */
  setCredentialsActive(userId: string, active: boolean): void {
    for (const credential of this.#require(userId).credentials) credential.active = active;
  }

  removeUser(userId: string): void {
    this.#require(userId);
    this.#users.delete(userId);
  }

  /** Every bearer token of a user, or of all users, expires now. */
  expireTokens(userId?: string): void {
    for (const token of this.#tokens.values()) {
      if (userId === undefined || token.userId === userId) token.expiresAt = this.#clock.now();
    }
  }

  user(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** By id or by user name, as the `owner` filter takes it. */
  findUser(idOrUsername: string): User | undefined {
    const byId = this.#users.get(idOrUsername);
    if (byId !== undefined) return byId;
    for (const user of this.#users.values()) if (user.username === idOrUsername) return user;
    return undefined;
  }

  /** The token of this very text, expired or not. */
  token(authToken: string): AccessToken | undefined {
    return this.#tokens.get(authToken);
  }

  #require(userId: string): User {
    const user = this.#users.get(userId);
    if (user === undefined) {
      throw new KeyrailError("InvalidRequest", "The organisation has no user of that id.", { path: "userId" });
    }
    return user;
  }

  #issue(userId: string, lifetimeMs: number): { token: AccessToken; authToken: string } {
    const issuedAt = this.#clock.now();
    const token: AccessToken = { id: newId("to"), userId, expiresAt: issuedAt + lifetimeMs };
    const authToken = this.#issueJsonWebToken("bearer", {
      iat: Math.floor(issuedAt / 1000),
      exp: Math.floor(token.expiresAt / 1000),
      [organisationClaim]: { orgId: this.id, userId, tokenId: token.id },
    });
    this.#tokens.set(authToken, token);
    return { token, authToken };
  }

  #addCredential(
    user: User,
    request: CredentialKind | { readonly publicKeyPem: string } | "none",
  ): { credId: string | undefined; privateKeyPem: string | undefined } {
    if (request === "none") return { credId: undefined, privateKeyPem: undefined };
    const generated =
      typeof request === "string"
        ? generateCredential(request)
        : { credential: credentialFromPublicKey(request.publicKeyPem), privateKeyPem: undefined };
    user.credentials.push(generated.credential);
    return { credId: generated.credential.credId, privateKeyPem: generated.privateKeyPem };
  }
}
