import type { PrivateKeyMaterial } from "../key-material.ts";
import type { SymmetricKeyType } from "../vocabulary.ts";
import type { CallOptions } from "./call-options.ts";

/** The secret half of a key, in clear. The caller wipes it. */
export type ExportedKey =
  | { readonly kind: "private"; readonly privateKey: PrivateKeyMaterial }
  | { readonly kind: "secret"; readonly keyType: SymmetricKeyType; readonly secret: Uint8Array };

/** Takes the secret half out of a key that was made extractable. */
export interface KeyExport {
  /** Rejects with `NotExtractable` for any other key. */
  export(key: string, options?: CallOptions): Promise<ExportedKey>;
}
