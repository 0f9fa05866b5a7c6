/**
 * A strict DER reader (ITU-T X.690): definite minimal lengths, minimal integers, no trailing bytes, low tag numbers
 * only. Nothing is copied: every result is a view on the input.
 */

import { KeyrailError } from "../errors.ts";
import { decodeObjectIdentifier } from "./object-identifier.ts";
import { TAG, contextTag } from "./tags.ts";

/** One element: its tag byte and its content, with the whole encoding. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content together. */
  readonly encoded: Uint8Array;
}

/**
 * Reads the elements of one DER value in order. Every method throws `InvalidKeyMaterial` when the next element is not
 * what is asked for.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #format: string;
  #offset = 0;

  /** @param format what is being read (`spki`, `pkcs8`, ...), for the error text. */
  constructor(bytes: Uint8Array, format: string) {
    this.#bytes = bytes;
    this.#format = format;
  }

  /** True when every byte has been read. */
  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The tag byte of the next element, `undefined` at the end. */
  peekTag(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** The next element, of whatever tag. */
  readElement(): DerElement {
    const start = this.#offset;
    const tag = this.#byteAt(start);
    if ((tag & 0x1f) === 0x1f) throw this.#invalid("it uses a tag number above 30", "high tag number");
    const first = this.#byteAt(start + 1);
    let header = 2;
    let length = first;
    if (first >= 0x80) {
      const count = first & 0x7f;
      if (count === 0) throw this.#invalid("it uses an indefinite length, which DER forbids", "indefinite length");
      if (count > 4) throw this.#invalid("an element claims more than 4 GiB", "length too large");
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + this.#byteAt(start + 2 + index);
      header = 2 + count;
      const minimal = length >= 0x80 && (count === 1 || length >= 256 ** (count - 1));
      if (!minimal) throw this.#invalid("a length is not minimal", "length not minimal");
    }
    const end = start + header + length;
    if (end > this.#bytes.length) throw this.#truncated();
    this.#offset = end;
    return {
      tag,
      content: this.#bytes.subarray(start + header, end),
      encoded: this.#bytes.subarray(start, end),
    };
  }

  /** The content of the next element, which must have this tag byte. */
  read(tag: number, name: string): Uint8Array {
    const actual = this.peekTag();
    if (actual === undefined) throw this.#truncated();
    if (actual !== tag) throw this.#invalid(`${name} was expected`, `expected ${name}`);
    return this.readElement().content;
  }

  /** The content of the next element when it has this tag byte, else `undefined` and nothing is read. */
  readOptional(tag: number, name: string): Uint8Array | undefined {
    return this.peekTag() === tag ? this.read(tag, name) : undefined;
  }

  /** A reader over the content of a SEQUENCE. */
  readSequence(): DerReader {
    return new DerReader(this.read(TAG.sequence, "SEQUENCE"), this.#format);
  }

  /** A reader over the content of an explicit context tag `[number]`, or `undefined` when it is not next. */
  readOptionalContext(number: number): DerReader | undefined {
    const content = this.readOptional(contextTag(number, true), `[${number}]`);
    return content === undefined ? undefined : new DerReader(content, this.#format);
  }

  /** A non-negative INTEGER as big-endian bytes without leading zeros (zero is one byte). */
  readUnsignedInteger(): Uint8Array {
    const content = this.read(TAG.integer, "INTEGER");
    const first = content[0];
    if (first === undefined) throw this.#invalid("an INTEGER is empty", "empty INTEGER");
    if (first >= 0x80) throw this.#invalid("an INTEGER is negative", "negative INTEGER");
    if (first !== 0 || content.length === 1) return content;
    if ((content[1] ?? 0) < 0x80) throw this.#invalid("an INTEGER is not minimal", "INTEGER not minimal");
    return content.subarray(1);
  }

  /** A non-negative INTEGER below 2^31. */
  readSmallInteger(): number {
    const bytes = this.readUnsignedInteger();
    let value = 0;
    for (const byte of bytes) {
      value = value * 256 + byte;
      if (value >= 2 ** 31) throw this.#invalid("an INTEGER is out of range", "INTEGER out of range");
    }
    return value;
  }

  readOctetString(): Uint8Array {
    return this.read(TAG.octetString, "OCTET STRING");
  }

  /** The bytes of a BIT STRING without unused bits. */
  readBitString(): Uint8Array {
    return this.#bitString(this.read(TAG.bitString, "BIT STRING"));
  }

  /** As {@link readBitString} for an implicitly tagged `[number]`, or `undefined` when it is not next. */
  readOptionalImplicitBitString(number: number): Uint8Array | undefined {
    const content = this.readOptional(contextTag(number, false), `[${number}]`);
    return content === undefined ? undefined : this.#bitString(content);
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  readObjectIdentifier(): string {
    const dotted = decodeObjectIdentifier(this.read(TAG.objectIdentifier, "OBJECT IDENTIFIER"));
    if (dotted === undefined) throw this.#invalid("an OBJECT IDENTIFIER is malformed", "malformed OBJECT IDENTIFIER");
    return dotted;
  }

  readNull(): void {
    if (this.read(TAG.null, "NULL").length !== 0) throw this.#invalid("a NULL has content", "NULL with content");
  }

  /** Asserts that nothing is left. */
  end(): void {
    if (!this.done) throw this.#invalid("there are unexpected bytes after the end", "trailing bytes");
  }

  #bitString(content: Uint8Array): Uint8Array {
    if (content[0] !== 0) throw this.#invalid("a BIT STRING has unused bits", "BIT STRING with unused bits");
    return content.subarray(1);
  }

  #byteAt(index: number): number {
    const byte = this.#bytes[index];
    if (byte === undefined) throw this.#truncated();
    return byte;
  }

  #truncated(): KeyrailError<"InvalidKeyMaterial"> {
    return this.#invalid("it ends too early, so it is truncated or damaged", "truncated");
  }

  #invalid(text: string, reason: string): KeyrailError<"InvalidKeyMaterial"> {
    return new KeyrailError(
      "InvalidKeyMaterial",
      `The ${this.#format.toUpperCase()} encoding is not valid DER: ${text}.`,
      {
        reason,
        format: this.#format,
      },
    );
  }
}
