import { encodeHex } from "@keyrail/core";
import { ApiError, notFound } from "../api-error.ts";
import { archivedKeyStatus, automaticPathPrefix, badDelegateStatus } from "../assumptions.ts";
import type { Caller } from "../auth/bearer.ts";
import type { Clock } from "../clock.ts";
import { type Page, type PageQuery, page } from "../http/pagination.ts";
import { newId } from "../ids.ts";
import type { User } from "../organisation/organisation.ts";
import { type KeyEntity, type NewKey, isArchived } from "./key-entity.ts";

/** All keys of the organisation, oldest first; nothing is ever removed. */
export class KeyRepository {
  readonly #clock: Clock;
  readonly #all: KeyEntity[] = [];
  readonly #byId = new Map<string, KeyEntity>();
  readonly #byPublicKey = new Map<string, KeyEntity>();
  readonly #children = new Map<string, ChildPaths>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.length;
  }

  add(key: NewKey): KeyEntity {
    const entity: KeyEntity = {
      ...key,
      sequence: this.#all.length,
      id: newId("key"),
      publicKeyHex: encodeHex(key.publicKey),
      dateCreated: this.#clock.now(),
      dateExported: undefined,
      dateDeleted: undefined,
    };
    this.#all.push(entity);
    this.#byId.set(entity.id, entity);
    this.#byPublicKey.set(entity.publicKeyHex, entity);
    if (entity.derivedFrom !== undefined) this.children(entity.derivedFrom.keyId).add(entity.derivedFrom.path);
    return entity;
  }

  /** @throws ApiError 404 when there is no such key or an end user asks for one that is not his. */
  visible(id: string, { user }: Caller): KeyEntity {
    const key = this.#byId.get(id);
    if (key === undefined || !isVisible(key, user)) throw notFound("Key not found");
    return key;
  }

  /** As {@link visible}. @throws ApiError 400 as well when the key is archived. */
  active(id: string, caller: Caller): KeyEntity {
    const key = this.visible(id, caller);
    if (isArchived(key)) throw new ApiError(archivedKeyStatus, "Key is archived");
    return key;
  }

  /** Any key, whoever owns it. */
  get(id: string): KeyEntity | undefined {
    return this.#byId.get(id);
  }

  withPublicKey(publicKey: Uint8Array): KeyEntity | undefined {
    return this.#byPublicKey.get(encodeHex(publicKey));
  }

  /** The children of a master key, archived ones included. */
  children(masterId: string): ChildPaths {
    const known = this.#children.get(masterId);
    if (known !== undefined) return known;
    const paths = new ChildPaths();
    this.#children.set(masterId, paths);
    return paths;
  }

  list(caller: Caller, query: PageQuery, ownerId: string | undefined): Page<KeyEntity> {
    return page(
      this.#all,
      query,
      (key) => isVisible(key, caller.user) && (ownerId === undefined || key.ownerId === ownerId),
    );
  }
}

/** The paths a master's children have used. */
class ChildPaths {
  readonly #used = new Set<string>();
  #next = 0;

  has(path: string): boolean {
    return this.#used.has(path);
  }

  add(path: string): void {
    this.#used.add(path);
  }

  /** A path not used yet: `m/0`, `m/1`, … counting up (section 12). */
  next(): string {
    let path = `${automaticPathPrefix}${this.#next}`;
    while (this.#used.has(path)) path = `${automaticPathPrefix}${++this.#next}`;
    return path;
  }
}

/** @throws ApiError 400 unless the user is an end user. */
export function requireEndUser(user: User | undefined): User {
  if (user === undefined || user.kind !== "EndUser")
    throw new ApiError(badDelegateStatus, "delegateTo must be an EndUser of the organisation");
  return user;
}

function isVisible(key: KeyEntity, user: User): boolean {
  return user.kind !== "EndUser" || key.ownerId === user.id;
}
