import type { Message } from './codec/reader.ts';

/** In bytes. Longer lists are not kept: the memory would cost more than the time saved is worth. */
const MOST_BYTES = 1024 * 1024;

/** A list of the kernel's as it was read last. */
export interface KnownList<T> {
  readonly values: readonly T[];
  /** The messages without their headers, one after the other; none when nothing is kept. */
  readonly bytes: Buffer;
  /** Where each message ends in `bytes`, and what was read out of it. */
  readonly entries: readonly Entry<T>[];
}

interface Entry<T> {
  readonly type: number;
  readonly end: number;
  readonly value: T | undefined;
}

export const EMPTY_LIST: KnownList<never> = { values: [], bytes: Buffer.alloc(0), entries: [] };

/**
 * Reads a list message by message. One that is the same, byte for byte, as the one at its position in the known list is
 * not read again: its value is the same object; and a list for which this holds for all messages is the known list
 * itself.
 */
export class ListReader<T> {
  readonly #known: KnownList<T>;
  readonly #decode: (message: Message) => T | undefined;
  /** How many messages were the same as in the known list. */
  #same = 0;
  /** What has been read from the first one that was not the same; undefined before that. */
  #fresh: { readonly parts: Buffer[]; readonly entries: Entry<T>[]; bytes: number } | undefined;

  constructor(known: KnownList<T>, decode: (message: Message) => T | undefined) {
    this.#known = known;
    this.#decode = decode;
  }

  /** Takes the next message. @throws whatever decoding throws. */
  read(message: Message): void {
    const at = this.#same + (this.#fresh?.entries.length ?? 0);
    const same = this.#find(at, message);
    if (same !== undefined && this.#fresh === undefined) {
      this.#same += 1;
      return;
    }
    this.#fresh ??= { parts: [], entries: [], bytes: this.#startOf(this.#same) };
    const { parts, entries } = this.#fresh;
    const part = message.buffer.subarray(message.start, message.end);
    this.#fresh.bytes += part.length;
    // The datagram is not kept: it may be many times as long as the message in it.
    if (this.#fresh.bytes <= MOST_BYTES) parts.push(Buffer.from(part));
    const value = same === undefined ? this.#decode(message) : same.value;
    entries.push({ type: message.type, end: this.#fresh.bytes, value });
  }

  /** The list, after its last message. */
  end(): KnownList<T> {
    const { entries, bytes } = this.#known;
    if (this.#fresh === undefined && this.#same === entries.length) return this.#known;
    const all = [...entries.slice(0, this.#same), ...(this.#fresh?.entries ?? [])];
    const found = all.map(({ value }) => value).filter((value) => value !== undefined);
    // The change may be in nothing that is read, such as the counters of a whole table.
    const known = this.#known.values;
    const values = found.length === known.length && found.every((value, at) => value === known[at]) ? known : found;
    if ((this.#fresh?.bytes ?? 0) > MOST_BYTES) return { ...EMPTY_LIST, values };
    const kept = bytes.subarray(0, this.#startOf(this.#same));
    return { values, bytes: Buffer.concat([kept, ...(this.#fresh?.parts ?? [])]), entries: all };
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#known.entries[place - 1]?.end ?? 0);
  }

  /** What is known at a position, when this message is the same. */
  #find(place: number, { type, buffer, start, end }: Message): Entry<T> | undefined {
    const entry = this.#known.entries[place];
    if (entry === undefined || entry.type !== type) return undefined;
    const from = this.#startOf(place);
    if (entry.end - from !== end - start) return undefined;
    return this.#known.bytes.compare(buffer, start, end, from, entry.end) === 0 ? entry : undefined;
  }
}
