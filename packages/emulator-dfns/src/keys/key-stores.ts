import { badRequest, notFound } from "../api-error.ts";
import { newId } from "../ids.ts";

export interface KeyStoreObject {
  readonly id: string;
  readonly kind: "Hsm" | "Mpc" | "OfflineSigner";
  readonly name: string;
  readonly primary: boolean;
}

/** The key stores of the organisation: one, of kind Mpc. */
export class KeyStores {
  readonly primary: KeyStoreObject = { id: newId("store"), kind: "Mpc", name: "Default MPC store", primary: true };

  list(): readonly KeyStoreObject[] {
    return [this.primary];
  }

  /** The store to make a key in. @throws ApiError 400 when the body names one that does not exist. */
  choose(id: string | undefined): KeyStoreObject {
    if (id !== undefined && id !== this.primary.id) throw badRequest("storeId: there is no such key store");
    return this.primary;
  }

  /** @throws ApiError 404 */
  get(id: string): KeyStoreObject {
    if (id !== this.primary.id) throw notFound("Key store not found");
    return this.primary;
  }
}
