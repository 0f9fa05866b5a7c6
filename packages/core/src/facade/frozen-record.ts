import type { KeyRecord } from "../key-record.ts";

/**
 * A record that its receiver can't change: frozen, with lists of its own. What one receiver does must not change what the
 * adapter or another receiver holds, least of all the usages. A record that comes frozen is taken as it is.
 */
export function frozenRecord(record: KeyRecord): KeyRecord {
  if (Object.isFrozen(record)) return record;
  const { usages, algorithms, hierarchical } = record;
  return Object.freeze({
    ...record,
    usages: Object.freeze([...usages]),
    ...(algorithms === undefined ? {} : { algorithms: Object.freeze([...algorithms]) }),
    ...(hierarchical === undefined ? {} : { hierarchical: Object.freeze({ ...hierarchical }) }),
  });
}
