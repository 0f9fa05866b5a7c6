/** The tables of a store file, and its marks. See docs/decisions/0300-software-store-format.md. */

/** Format this version writes, and the newest it reads. */
export const FORMAT_VERSION = 1;

/** `PRAGMA application_id`: "KRst". Tells a Keyrail store from any other SQLite file. */
export const APPLICATION_ID = 0x4b527374;

/**
 * `keys.sequence` is the row number and the first 60 bits of `id` (key-id.ts). `format` may be read by every later and
 * earlier version; a newer `minimum_reader` than one's own means: keep off.
 */
export const SCHEMA = `
CREATE TABLE format (
  version INTEGER NOT NULL,
  minimum_reader INTEGER NOT NULL
) STRICT;
CREATE TABLE header (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  facts TEXT NOT NULL,
  wrapped_data_key BLOB NOT NULL,
  checksum BLOB NOT NULL
) STRICT;
CREATE TABLE keys (
  sequence INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  label TEXT NOT NULL,
  description TEXT,
  attributes TEXT NOT NULL,
  public_key BLOB,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX keys_by_label ON keys (label);
CREATE INDEX keys_by_description ON keys (description) WHERE description IS NOT NULL;
CREATE TABLE idempotency (
  idempotency_key TEXT PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`;
