/** The port `KeyCatalog`. */

import {
  isKeyrailError,
  type KeyCatalog,
  KeyrailError,
  type KeyRecord,
  type ListOptions,
  type RenameRequest,
  type SearchRequest,
} from "@keyrail/core";
import { type KeyEndpoints, PAGE_SIZE } from "../client/key-endpoints.ts";
import { type CallLimits, limitsOf, type Timing } from "../client/limits.ts";
import { decodeDescription, encodeDescription } from "../description.ts";
import { isOutcomeUnknown, keyNotFound } from "../errors.ts";
import type { KeyDirectory } from "./key-directory.ts";
import type { KeyReader } from "./key-reader.ts";
import { normaliseKid, recordOf } from "./key-record.ts";

/** What the catalog is made of. */
export interface KeyCatalogParts {
  readonly uri: string;
  readonly endpoints: KeyEndpoints;
  readonly reader: KeyReader;
  readonly directory: KeyDirectory;
  readonly timing: Timing;
}

/** The catalog of one device. */
export function keyCatalog({ uri, endpoints, reader, directory, timing }: KeyCatalogParts): KeyCatalog {
  async function remove(kid: string, limits: CallLimits): Promise<void> {
    let done: true | undefined;
    try {
      done = await endpoints.delete(kid, limits);
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      // The answer was lost. The key being gone is all that was asked for.
      if (!(await isGone(kid, limits, error))) done = await endpoints.delete(kid, limits);
      else done = true;
    }
    directory.forget(kid);
    if (done === undefined) throw keyNotFound(`${uri}/${kid}`);
  }

  /** Whether a key is not there (any more); when that can't be found out, the first error stands. */
  async function isGone(kid: string, limits: CallLimits, lost: unknown): Promise<boolean> {
    try {
      return (await endpoints.get(kid, limits)) === undefined;
    } catch (error) {
      if (isKeyrailError(error)) throw lost;
      throw error;
    }
  }

  return {
    async get(key, options) {
      const kid = normaliseKid(uri, key);
      return recordOf(uri, kid, await reader.find(kid, limitsOf(options, timing)));
    },

    list: (options) => reader.list(options?.pageSize ?? PAGE_SIZE, signalOf(options)),

    search(request: SearchRequest, options?: ListOptions): AsyncIterable<KeyRecord> {
      const { label, descriptionPrefix } = request;
      if (label !== undefined || descriptionPrefix === undefined) {
        throw new KeyrailError("InvalidRequest", "The device searches descriptions only.", { path: "label" });
      }
      return reader.search(descriptionPrefix, signalOf(options));
    },

    async rename(request: RenameRequest, options): Promise<KeyRecord> {
      const limits = limitsOf(options, timing);
      const kid = normaliseKid(uri, request.key);
      // The device rewrites both names at once: what is to stay is read and sent again.
      const before = await reader.find(kid, limits);
      const additions = decodeDescription(before.names.description);
      const names = {
        label: request.label ?? before.names.label,
        description:
          request.description === undefined
            ? before.names.description
            : encodeDescription(request.description ?? undefined, additions),
      };
      if ((await endpoints.update(kid, names, limits)) === undefined) {
        directory.forget(kid);
        throw keyNotFound(`${uri}/${kid}`);
      }
      directory.renamed(kid, names);
      const { updated: _outdated, ...kept } = before;
      return recordOf(uri, kid, { ...kept, names });
    },

    remove: async (key, options) => remove(normaliseKid(uri, key), limitsOf(options, timing)),
  };
}

/** Core gives every page the whole timeout; a deadline counted from the first page would cut long walks short. */
function signalOf(options: ListOptions | undefined): CallLimits {
  return options?.signal === undefined ? {} : { signal: options.signal };
}
