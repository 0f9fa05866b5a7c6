import type { CapabilityDeclaration } from "@keyrail/core";
import { createRows, deriveRows, importRows, outputRows } from "./making-rows.ts";
import { REFUSALS } from "./refusals.ts";
import { agreementRows, signatureRows, symmetricRows } from "./using-rows.ts";

/** The provider's name: the scheme of its URIs. */
export const PROVIDER_NAME = "software";

/** Everything the software provider does, and how it is known. */
export const SOFTWARE_CAPABILITIES: CapabilityDeclaration = {
  provider: PROVIDER_NAME,
  title: "The software provider",
  custody: "software",
  label: { minimumBytes: 1, maximumBytes: 256, charset: "unicode" },
  description: { minimumBytes: 0, maximumBytes: 4096, charset: "unicode" },
  idempotency: "native",
  catalog: {
    get: true,
    list: true,
    search: ["label", "descriptionPrefix"],
    rename: ["label", "description"],
    remove: "destroyed",
    evidence: { tier: "observed", reference: "providers/software/test/catalog.test.ts" },
  },
  rows: [
    ...createRows(),
    ...importRows(),
    ...deriveRows(),
    ...outputRows(),
    ...signatureRows(),
    ...agreementRows(),
    ...symmetricRows(),
  ],
  refusals: REFUSALS,
};
