import type { Address, Family } from '../../model/address.ts';
import { KernelError } from '../ports.ts';
import { ATTRIBUTE_HEADER_BYTES, HEADER_BYTES, NLA_TYPE_MASK } from './constants.ts';
import { macFromBytes, readAddress } from './octets.ts';

/** One message of a datagram; its payload is in `buffer` from `start` up to `end`. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Port of the socket whose request it answers or whose request caused the change; 0 for the kernel itself. */
  readonly port: number;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Calls back for each message of a datagram, in order.
 * @throws KernelError when a length does not fit; earlier messages have been visited by then.
 */
export function readMessages(datagram: Buffer, visit: (message: Message) => void): void {
  let at = 0;
  while (at < datagram.length) {
    if (datagram.length - at < HEADER_BYTES) throw new KernelError('a netlink datagram ends inside a message header');
    const length = datagram.readUInt32LE(at);
    if (length < HEADER_BYTES || length > datagram.length - at) {
      throw new KernelError(`a netlink message of ${length} bytes does not fit its datagram of ${datagram.length}`);
    }
    visit({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      port: datagram.readUInt32LE(at + 12),
      buffer: datagram,
      start: at + HEADER_BYTES,
      end: at + length,
    });
    at += (length + 3) & ~3;
  }
}

/**
 * Checks that a message holds its fixed header.
 * @throws KernelError otherwise.
 */
export function requireHeader(message: Message, bytes: number, what: string): void {
  if (message.end - message.start < bytes) {
    throw new KernelError(`a ${what} message of ${message.end - message.start} bytes; its header alone has ${bytes}`);
  }
}

/** The attributes after a message's fixed header of that many bytes. */
export function attributesOf(message: Message, headerBytes: number): AttributeReader {
  return new AttributeReader(message.buffer, message.start + headerBytes, message.end);
}

/** The reader, standing on its first attribute of a type. */
export function find(attributes: AttributeReader, type: number): AttributeReader | undefined {
  while (attributes.next()) if (attributes.type === type) return attributes;
  return undefined;
}

/**
 * Walks attributes without allocating an object for each: `next` advances, the other methods read the current one. All
 * of them throw KernelError, and nothing else, on malformed bytes.
 */
export class AttributeReader {
  /** nla_type without its flags. */
  type = 0;
  readonly #buffer: Buffer;
  readonly #limit: number;
  #next: number;
  #start = 0;
  #end = 0;

  constructor(buffer: Buffer, start: number, limit: number) {
    this.#buffer = buffer;
    this.#next = start;
    this.#limit = limit;
  }

  /**
   * Moves to the next attribute; false at the end. Fewer bytes than a header are padding, as in the kernel (nla_ok).
   */
  next(): boolean {
    const at = this.#next;
    if (this.#limit - at < ATTRIBUTE_HEADER_BYTES) return false;
    const length = this.#buffer.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER_BYTES || length > this.#limit - at) {
      throw new KernelError(`a netlink attribute of ${length} bytes where ${this.#limit - at} are left`);
    }
    this.type = this.#buffer.readUInt16LE(at + 2) & NLA_TYPE_MASK;
    this.#start = at + ATTRIBUTE_HEADER_BYTES;
    this.#end = at + length;
    this.#next = at + ((length + 3) & ~3);
    return true;
  }

  u8(): number {
    this.#require(1);
    return this.#buffer.readUInt8(this.#start);
  }

  u32(): number {
    this.#require(4);
    return this.#buffer.readUInt32LE(this.#start);
  }

  /** The signed number of 32 bits at a place in an array of them; undefined where the array ends before it. */
  number(place: number): number | undefined {
    const at = this.#start + 4 * place;
    return at + 4 > this.#end ? undefined : this.#buffer.readInt32LE(at);
  }

  /** A number of 64 bits, as exactly as a JavaScript number can hold it. */
  u64(): number {
    this.#require(8);
    return Number(this.#buffer.readBigUInt64LE(this.#start));
  }

  /** A text up to its first zero byte. */
  text(): string {
    const zero = this.#buffer.indexOf(0, this.#start);
    return this.#buffer.toString('utf8', this.#start, zero === -1 || zero > this.#end ? this.#end : zero);
  }

  /** Overwrites the attribute with zeros. */
  clear(): void {
    this.#buffer.fill(0, this.#start, this.#end);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** A hardware address of any length; empty for none. */
  mac(): string {
    return macFromBytes(this.bytes());
  }

  /** The address that fills this attribute after that many bytes of something else. */
  address(family: Family, offset = 0): Address {
    const length = this.#end - this.#start - offset;
    if (length !== (family === 4 ? 4 : 16)) throw new KernelError(`an IPv${family} address of ${length} bytes`);
    return readAddress(this.#buffer, this.#start + offset, family);
  }

  /** The attributes nested in this one, or in a part of it. */
  nested(from = 0, to = this.#end - this.#start): AttributeReader {
    this.#require(to);
    return new AttributeReader(this.#buffer, this.#start + from, this.#start + to);
  }

  #require(bytes: number): void {
    if (this.#end - this.#start < bytes) {
      throw new KernelError(`netlink attribute ${this.type} has ${this.#end - this.#start} bytes, not ${bytes}`);
    }
  }
}
