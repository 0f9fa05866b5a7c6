/** Looks for known secrets in what a provider says: errors, records, its own inspection, console output, warnings. */

import { inspect } from "node:util";
import type { PrivateKeyMaterial } from "@keyrail/core";
import { tellingPart } from "../reference/key-material.ts";
import { secretForms, withoutSpace } from "./secret-forms.ts";

/** Where a secret was found. Never the secret itself. */
export interface Leak {
  /** What the secret is: "an imported P-256 private key". */
  readonly secret: string;
  /** Where it was seen: "an error of import". */
  readonly place: string;
}

interface KnownSecret {
  readonly name: string;
  readonly forms: readonly string[];
}

/** Knows secrets and finds them. Bytes that are all alike are not kept: they would be found everywhere. */
export class SecretWatch {
  readonly #secrets: KnownSecret[] = [];
  readonly #seen = new Set<string>();
  readonly #leaks: Leak[] = [];
  readonly #pending: { readonly place: string; readonly text: string }[] = [];

  /** Makes a secret known, from now on and for everything that was kept before. */
  know(name: string, secret: Uint8Array): void {
    if (new Set(secret).size < 8) return;
    const forms = secretForms(secret);
    const [first] = forms;
    if (first === undefined || this.#seen.has(first)) return;
    this.#seen.add(first);
    const known = { name, forms };
    this.#secrets.push(known);
  }

  /** Makes a private key known, by the part of it that nothing public shares. */
  knowPrivateKey(name: string, material: PrivateKeyMaterial): void {
    this.know(name, tellingPart(material));
  }

  /** Looks through everything a value shows: `inspect` with hidden members, JSON, and its text. */
  inspect(place: string, value: unknown): void {
    if (this.#secrets.length === 0) return;
    this.#pending.push({ place, text: withoutSpace(everyText(value)) });
    if (this.#pending.length >= 64) this.#search();
  }

  /** Looks through a text. */
  inspectText(place: string, text: string): void {
    this.#pending.push({ place, text: withoutSpace(text) });
    if (this.#pending.length >= 64) this.#search();
  }

  /** What was found so far. */
  leaks(): readonly Leak[] {
    this.#search();
    return this.#leaks;
  }

  #search(): void {
    for (const { place, text } of this.#pending.splice(0)) {
      for (const { name, forms } of this.#secrets) {
        if (!forms.some((form) => text.includes(form))) continue;
        if (!this.#leaks.some((leak) => leak.place === place && leak.secret === name)) {
          this.#leaks.push({ place, secret: name });
        }
      }
    }
  }
}

const EVERYTHING = { depth: 8, showHidden: true, maxArrayLength: null, maxStringLength: null, getters: true } as const;

function everyText(value: unknown): string {
  const texts = [inspect(value, EVERYTHING)];
  try {
    texts.push(JSON.stringify(value) ?? "");
  } catch {
    // A value that JSON can't hold (a cycle, a bigint) shows itself to inspect only.
    texts.push("");
  }
  if (value instanceof Error) texts.push(String(value), value.stack ?? "");
  return texts.join("\n");
}
