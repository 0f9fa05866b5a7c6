import { isoDate } from "../clock.ts";
import type { CurveName } from "../threshold/groups.ts";
import type { Share } from "../threshold/secret-sharing.ts";
import type { Scheme } from "./schemes.ts";

/** A key as the emulator keeps it: the secret exists as five shares only. Times in ms since 1970. */
export interface KeyEntity {
  readonly sequence: number;
  readonly id: string;
  readonly scheme: Scheme;
  readonly curve: CurveName;
  readonly publicKey: Uint8Array;
  readonly publicKeyHex: string;
  readonly shares: readonly Share[];
  /** 32 bytes, of master keys only. */
  readonly chainCode: Uint8Array | undefined;
  readonly derivedFrom: { readonly keyId: string; readonly path: string } | undefined;
  readonly storeId: string;
  readonly imported: boolean;
  readonly dateCreated: number;
  readonly delayDelegation: boolean;
  name: string | undefined;
  /** An end user, or none: then the organisation owns the key. */
  ownerId: string | undefined;
  dateExported: number | undefined;
  dateDeleted: number | undefined;
}

/** What differs from key to key when one is made. */
export type NewKey = Omit<
  KeyEntity,
  "sequence" | "id" | "publicKeyHex" | "dateCreated" | "dateExported" | "dateDeleted"
>;

export function isArchived(key: KeyEntity): boolean {
  return key.dateDeleted !== undefined;
}

/** The Key object of the API (fact sheet, section 4); members that do not apply are absent. */
export function keyObject(key: KeyEntity): Record<string, unknown> {
  return {
    id: key.id,
    scheme: key.scheme,
    curve: key.curve,
    publicKey: key.publicKeyHex,
    ...(key.chainCode === undefined ? {} : { masterKey: true }),
    ...(key.derivedFrom === undefined ? {} : { derivedFrom: key.derivedFrom }),
    ...(key.name === undefined ? {} : { name: key.name }),
    status: isArchived(key) ? "Archived" : "Active",
    custodial: key.ownerId === undefined,
    dateCreated: isoDate(key.dateCreated),
    ...(key.imported ? { imported: true } : {}),
    ...(key.dateExported === undefined ? {} : { exported: true, dateExported: isoDate(key.dateExported) }),
    ...(key.dateDeleted === undefined ? {} : { dateDeleted: isoDate(key.dateDeleted) }),
  };
}
