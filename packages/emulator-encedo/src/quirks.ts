/**
 * The oddities of the hardware, each switchable by name. All are on by default: a client that works
 * here with every quirk on and with every quirk off depends on none of them.
 */

/** Every quirk: what the device does while it is on, and where the fact sheet says so. */
export const QUIRKS = {
  /** `keymgmt/update` without `descr` erases the description. Off: it is kept. Section 5. */
  updateClearsDescription: "section 5, update",
  /** `keymgmt/get` answers without label and description. Off: both are there. Section 5. */
  getOmitsLabelAndDescription: "section 5, get",
  /** `keymgmt/derive` to an unrecognised type answers 200 with the source key's id. Off: 406. Section 5. */
  deriveEchoesSourceKid: "section 5, derive",
  /** `keymgmt/derive` drops a malformed `descr` without a word. Off: 400. Section 5. */
  deriveDropsMalformedDescription: "section 5, derive",
  /** A description over 64 bytes is accepted and cut to 64. Off: 400. Section 4. */
  descriptionLengthUnchecked: "section 4, descr",
  /** Additional authenticated data over 16 bytes is accepted. Off: 400. Section 6. */
  aadLengthUnchecked: "section 6, encrypt",
  /** An imported public key over 70 bytes is accepted. Off: 406. Section 5. */
  importLengthUnchecked: "section 5, import",
  /** `crypto/ecdh` without `alg` cuts the secret to 32 bytes. Off: the full secret. Section 6. */
  ecdhCutTo32Bytes: "section 6, ecdh",
  /** A failed `mldsa/verify` writes a raw code in place of the status. Off: 406. Section 7. */
  mldsaVerifyRawStatus: "section 7, defects",
  /** `mlkem/decaps` answers with stale memory (the caller's scope) as `alg`. Off: the key's type. Section 7. */
  decapsulateGarbageAlgorithm: "section 7, defects",
  /** The real-time clock gains about 8 %. Off: it keeps time. Section 7. */
  clockGains: "section 7, defects",
  /** A key deleted before a reboot can't be imported again (406). Off: accepted. Section 7. */
  reimportAfterRebootRefused: "section 7, defects",
  /** The storage endpoints let every role pass. Off: role U only. Section 7. */
  storageRoleUnchecked: "section 7, defects",
  /** A check-in's new certificate is announced and not installed. Off: it replaces the record. Section 7. */
  checkinIgnoresNewCertificate: "section 7, defects",
  /** Wiping the device leaves the TLS key and certificate records. Off: they go too. Section 7. */
  wipeKeepsTlsRecords: "section 7, defects",
  /** `system/status` carries `https` on TLS requests too, as `false`. Off: plain HTTP requests only. Section 7. */
  statusHttpsOverTls: "section 7, status",
  /** `total` of a search counts the repository. Off: the matches. Section 5. */
  searchTotalCountsRepository: "section 5, search",
  /** `total` of the log list counts directory entries. Off: the ids. Section 7. */
  loggerTotalCountsEntries: "section 7, audit log",
  /** A login asking for expiry 0 is refused (401). Off: the token lives 8 hours. Section 2. */
  loginRefusesExpiryZero: "section 2, step 5",
  /** The records of the device's TLS key and certificate appear in lists. Off: they don't. Section 4. */
  tlsRecordsListed: "section 4, type strings",
} as const;

/** Name of a quirk. */
export type QuirkName = keyof typeof QUIRKS;

/** Which quirks are on. */
export type Quirks = Record<QuirkName, boolean>;

/** Every quirk's name. */
export const QUIRK_NAMES: readonly QuirkName[] = Object.keys(QUIRKS).filter(
  (name): name is QuirkName => name in QUIRKS,
);

/** The hardware's behaviour with the given quirks switched. */
export function resolveQuirks(overrides: Partial<Quirks> = {}): Quirks {
  return {
    updateClearsDescription: true,
    getOmitsLabelAndDescription: true,
    deriveEchoesSourceKid: true,
    deriveDropsMalformedDescription: true,
    descriptionLengthUnchecked: true,
    aadLengthUnchecked: true,
    importLengthUnchecked: true,
    ecdhCutTo32Bytes: true,
    mldsaVerifyRawStatus: true,
    decapsulateGarbageAlgorithm: true,
    clockGains: true,
    reimportAfterRebootRefused: true,
    storageRoleUnchecked: true,
    checkinIgnoresNewCertificate: true,
    wipeKeepsTlsRecords: true,
    statusHttpsOverTls: true,
    searchTotalCountsRepository: true,
    loggerTotalCountsEntries: true,
    loginRefusesExpiryZero: true,
    tlsRecordsListed: true,
    ...overrides,
  };
}
