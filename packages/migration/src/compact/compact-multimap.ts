const KEY_BYTES = 16;
const HEADER_BYTES = KEY_BYTES + 2;
/** Entries begin at multiples of this, so that 32 bits number 32 GiB. */
const ALIGNMENT = 8;
const CHUNK_BYTES = 1_048_576;
const FIRST_SLOTS = 1024;

/**
 * A map from digests to short byte strings, several to one digest if need be, in few large buffers: some 30 bytes beyond
 * the value for an entry, and nothing for the garbage collector to walk. It only grows.
 */
export class CompactMultimap {
  readonly #chunks: Buffer[] = [];
  #used = CHUNK_BYTES;
  /** Open addressing; 0 is free, anything else the address of an entry in units of {@link ALIGNMENT}, plus one. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** Entries. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an entry; the bytes are copied.
   * @param digest at least 16 bytes, evenly distributed; more are ignored.
   * @param value 1 to 65,535 bytes.
   */
  add(digest: Uint8Array, value: Uint8Array): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow();
    const bytes = HEADER_BYTES + value.length;
    if (this.#used + bytes > CHUNK_BYTES) {
      this.#chunks.push(Buffer.alloc(CHUNK_BYTES));
      this.#used = 0;
    }
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined) throw new TypeError("There is a chunk to write to.");
    const at = this.#used;
    chunk.set(digest.subarray(0, KEY_BYTES), at);
    chunk.writeUInt16LE(value.length, at + KEY_BYTES);
    chunk.set(value, at + HEADER_BYTES);
    this.#used = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT;
    this.#place(chunk.subarray(at, at + KEY_BYTES), ((this.#chunks.length - 1) * CHUNK_BYTES + at) / ALIGNMENT + 1);
    this.#size += 1;
  }

  /** The values of a digest, in no order. They are views: what is written into them stays. */
  *get(digest: Uint8Array): Generator<Buffer, void, undefined> {
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(digest, mask); ; slot = (slot + 1) & mask) {
      const address = this.#slots[slot] ?? 0;
      if (address === 0) return;
      const entry = this.#entry(address);
      if (entry.key.equals(digest.subarray(0, KEY_BYTES))) yield entry.value;
    }
  }

  /** Every value, in the order they were added. */
  *values(): Generator<Buffer, void, undefined> {
    for (const index of this.#chunks.keys()) {
      const end = index === this.#chunks.length - 1 ? this.#used : CHUNK_BYTES;
      let at = 0;
      while (at + HEADER_BYTES <= end) {
        const { value } = this.#entry((index * CHUNK_BYTES + at) / ALIGNMENT + 1);
        // A chunk that was left because the next entry did not fit ends in zeros; values are never empty.
        if (value.length === 0) break;
        yield value;
        at = Math.ceil((at + HEADER_BYTES + value.length) / ALIGNMENT) * ALIGNMENT;
      }
      if (end === 0) return;
    }
  }

  #entry(address: number): { readonly key: Buffer; readonly value: Buffer } {
    const at = (address - 1) * ALIGNMENT;
    const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)];
    if (chunk === undefined) throw new TypeError("An address names an entry.");
    const start = at % CHUNK_BYTES;
    const length = chunk.readUInt16LE(start + KEY_BYTES);
    const begin = start + HEADER_BYTES;
    return { key: chunk.subarray(start, start + KEY_BYTES), value: chunk.subarray(begin, begin + length) };
  }

  #place(key: Uint8Array, address: number): void {
    const mask = this.#slots.length - 1;
    let slot = slotOf(key, mask);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = address;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (const address of old) if (address !== 0) this.#place(this.#entry(address).key, address);
  }
}

function slotOf(digest: Uint8Array, mask: number): number {
  return (((digest[0] ?? 0) << 24) | ((digest[1] ?? 0) << 16) | ((digest[2] ?? 0) << 8) | (digest[3] ?? 0)) & mask;
}
