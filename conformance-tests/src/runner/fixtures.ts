/** Keys to check operations with: made once per kind and shared, or found when none may be made. */

import {
  type Algorithm,
  type CapabilityRow,
  type CompiledCapabilities,
  isKeyrailError,
  type KeyHalf,
  type KeyRecord,
  type KeyType,
  type Provider,
  type PublicKey,
  type Usage,
} from "@keyrail/core";
import { plainUsages } from "../attributes.ts";
import { Blocked } from "../outcome.ts";
import { type Bounds } from "../options.ts";
import {
  generateKeyPair,
  generateSecret,
  isAsymmetric,
  isSymmetric,
  type KnownKeyPair,
  privateMaterial,
} from "../reference/key-material.ts";
import type { SecretWatch } from "../secrets/secret-watch.ts";

/** What a key must be able to do. */
export interface FixtureRequest {
  readonly keyType: KeyType;
  readonly usages: readonly Usage[];
  /** Algorithms it will be used with: on a provider that restricts keys to algorithms, it is made for these. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * `held`: the provider holds the private or secret half (default). `known`: it does, and the suite knows that half
   * too. `public`: the provider holds the public half only, and the suite knows the private one.
   */
  readonly material?: "held" | "known" | "public";
  /** Not shared: the check changes or removes it. */
  readonly own?: boolean;
}

/** A key at the provider, with what the suite knows of it. */
export interface Fixture {
  readonly record: KeyRecord;
  /** Key URI. */
  readonly key: string;
  /** The private half, when the suite made it. */
  readonly pair?: KnownKeyPair;
  /** The secret, when the suite made it. */
  readonly secret?: Uint8Array;
}

type Way = {
  readonly kind: "create" | "import:private" | "import:secret" | "import:public";
  readonly row: CapabilityRow;
};

/** What the fixtures need of the run. */
export interface FixtureOptions {
  readonly capabilities: CompiledCapabilities;
  readonly secrets: SecretWatch;
  readonly bounds: Bounds;
  readonly newLabel: () => string;
}

/** The shared keys of a run. */
export class Fixtures {
  readonly #options: FixtureOptions;
  readonly #shared = new Map<string, Fixture>();
  readonly #publicKeys = new Map<string, PublicKey>();
  #existing: Promise<readonly KeyRecord[]> | undefined;

  constructor(options: FixtureOptions) {
    this.#options = options;
  }

  /** Whether a key shared by the checks. */
  isShared(record: KeyRecord): boolean {
    return [...this.#shared.values()].some((fixture) => fixture.record.uri === record.uri);
  }

  /** Whether the declaration has a way to make or bring in such a key. */
  canMake(request: FixtureRequest): boolean {
    return this.#wayTo(request) !== undefined;
  }

  /** A key that can do this. Shared unless `own` is asked. @throws Blocked when there is no way to get one. */
  async get(provider: Provider, request: FixtureRequest): Promise<Fixture> {
    const { bounds } = this.#options;
    if (bounds.readOnly) return this.#find(provider, request);
    const way = this.#wayTo(request);
    if (way === undefined) return this.#find(provider, request);
    const usages = wantedUsages(this.#options.capabilities, way.row, request);
    const algorithms = wantedAlgorithms(way.row, request);
    const name = [way.kind, request.keyType, usages.join("+"), algorithms?.join("+") ?? ""].join("|");
    const known = request.own === true ? undefined : this.#shared.get(name);
    if (known !== undefined) return known;
    const fixture = await this.make(provider, request, way, usages, algorithms);
    if (request.own !== true) this.#shared.set(name, fixture);
    return fixture;
  }

  /** The public half of a key, asked for once. */
  async publicKey(provider: Provider, fixture: Fixture): Promise<PublicKey> {
    if (fixture.pair !== undefined) return fixture.pair.publicKey;
    let publicKey = this.#publicKeys.get(fixture.key);
    if (publicKey === undefined) {
      publicKey = await provider.keys.getPublic(fixture.key);
      this.#publicKeys.set(fixture.key, publicKey);
    }
    return publicKey;
  }

  /** Forgets shared keys, so that later checks make their own. */
  forget(): void {
    this.#shared.clear();
  }

  async make(
    provider: Provider,
    request: FixtureRequest,
    way: Way,
    usages: readonly Usage[],
    algorithms: readonly Algorithm[] | undefined,
  ): Promise<Fixture> {
    const { keyType } = request;
    const attributes = {
      usages,
      label: this.#options.newLabel(),
      ...(algorithms === undefined ? {} : { algorithms }),
    };
    if (way.kind === "create") {
      const record = await provider.keys.create({ keyType, ...attributes });
      return { record, key: record.uri };
    }
    if (isSymmetric(keyType)) {
      const secret = generateSecret(keyType, Math.min(48, way.row.limits?.secret?.maximum ?? 48));
      this.#options.secrets.know(`an imported ${keyType} secret`, secret);
      const record = await provider.keys.import({ kind: "secret", keyType, secret: secret.slice(), ...attributes });
      return { record, key: record.uri, secret };
    }
    if (!isAsymmetric(keyType)) throw new TypeError(`${String(keyType)} is no key type.`);
    const pair = generateKeyPair(keyType);
    if (way.kind === "import:public") {
      const record = await provider.keys.import({ kind: "public", publicKey: pair.publicKey, ...attributes });
      return { record, key: record.uri, pair };
    }
    const privateKey = privateMaterial(pair, way.row.privateFormats);
    this.#options.secrets.knowPrivateKey(`an imported ${keyType} private key`, privateKey);
    const record = await provider.keys.import({ kind: "private", privateKey, ...attributes });
    return { record, key: record.uri, pair };
  }

  #wayTo(request: FixtureRequest): Way | undefined {
    const { material = "held", keyType } = request;
    const kinds: readonly Way["kind"][] =
      material === "public"
        ? ["import:public"]
        : material === "known"
          ? ["import:private", "import:secret"]
          : ["create", "import:private", "import:secret"];
    for (const kind of kinds) {
      const rows = this.#options.capabilities.rowsFor(kind, keyType);
      const fitting = rows.filter((row) => allows(row, request.usages));
      // A row that makes keys for just these algorithms, if there is one; else one that restricts to none.
      const row =
        fitting.find((candidate) => namesAlgorithms(candidate, request.algorithms)) ??
        fitting.find((candidate) => candidate.keyAlgorithms === undefined) ??
        (request.algorithms === undefined ? fitting[0] : undefined);
      if (row !== undefined) return { kind, row };
    }
    return undefined;
  }

  async #find(provider: Provider, request: FixtureRequest): Promise<Fixture> {
    const { material = "held", keyType, usages, algorithms } = request;
    const wants = `a ${keyType} key that may ${usages.join(" and ")}`;
    if (material !== "held" || request.own === true) {
      throw new Blocked(`It needs ${wants} and is known to the suite; none may or can be brought in.`);
    }
    this.#existing ??= existingKeys(provider, this.#options.bounds);
    const half: KeyHalf = isAsymmetric(keyType) ? "private" : "secret";
    const record = (await this.#existing).find(
      (candidate) =>
        candidate.keyType === keyType &&
        candidate.half === half &&
        usages.every((usage) => candidate.usages.includes(usage)) &&
        (algorithms ?? []).every((algorithm) => candidate.algorithms?.includes(algorithm) !== false),
    );
    if (record === undefined) throw new Blocked(`There is no ${wants.slice(2)} at hand, and none may or can be made.`);
    return { record, key: record.uri };
  }
}

const MAXIMUM_EXISTING = 2000;

async function existingKeys(provider: Provider, bounds: Bounds): Promise<readonly KeyRecord[]> {
  const { catalog, capabilities } = provider;
  if (catalog === undefined) return [];
  if (bounds.existingKeys !== undefined) {
    const records: KeyRecord[] = [];
    for (const key of bounds.existingKeys) records.push(await catalog.get(key));
    return records;
  }
  if (capabilities.catalog?.list !== true) return [];
  const records: KeyRecord[] = [];
  try {
    for await (const record of catalog.list()) {
      records.push(record);
      if (records.length >= MAXIMUM_EXISTING) break;
    }
  } catch (error) {
    if (!isKeyrailError(error)) throw error;
    throw new Blocked(`The keys could not be listed: ${error.code}: ${error.message}`, { cause: error });
  }
  return records;
}

function allows(row: CapabilityRow, usages: readonly Usage[]): boolean {
  return row.usages === undefined || row.usages.some((set) => usages.every((usage) => set.includes(usage)));
}

function namesAlgorithms(row: CapabilityRow, algorithms: readonly Algorithm[] | undefined): boolean {
  if (row.keyAlgorithms === undefined || algorithms === undefined) return false;
  return row.keyAlgorithms.some((set) => algorithms.every((algorithm) => set.includes(algorithm)));
}

/** The whole set that allows the usages, so that one key serves many checks. */
function wantedUsages(
  capabilities: CompiledCapabilities,
  row: CapabilityRow,
  { keyType, usages }: FixtureRequest,
): readonly Usage[] {
  const set = row.usages?.find((candidate) => usages.every((usage) => candidate.includes(usage))) ?? usages;
  return usages.includes("derive") ? set : plainUsages(capabilities, keyType, set);
}

function wantedAlgorithms(row: CapabilityRow, request: FixtureRequest): readonly Algorithm[] | undefined {
  const { algorithms } = request;
  if (row.keyAlgorithms === undefined) return undefined;
  return algorithms === undefined
    ? row.keyAlgorithms[0]
    : row.keyAlgorithms.find((set) => algorithms.every((algorithm) => set.includes(algorithm)));
}
