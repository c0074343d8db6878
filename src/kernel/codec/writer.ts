import type { Address } from '../../model/address.ts';
import { KernelError } from '../ports.ts';
import { ATTRIBUTE_HEADER_BYTES, HEADER_BYTES, NLA_F_NESTED, NLM_F_ACK, NLM_F_REQUEST } from './constants.ts';
import { macToBytes, writeAddress } from './octets.ts';

/** nla_len is 16 bits wide and counts the attribute's header. */
const LONGEST_ATTRIBUTE = 0xffff;

/** Writes netlink messages one after the other into one datagram. */
export class MessageWriter {
  #buffer: Buffer;
  #length = 0;
  #messageStart = -1;
  #lastMessage = -1;

  /** @param capacity initial bytes; grows when needed. */
  constructor(capacity: number) {
    this.#buffer = Buffer.alloc(capacity);
  }

  /** Bytes of whole messages written so far. */
  get length(): number {
    return this.#length;
  }

  /** Starts a message: `struct nlmsghdr`. NLM_F_REQUEST is always set; the kernel is the only reader. */
  begin(type: number, flags: number, sequence: number): void {
    this.#reserve(HEADER_BYTES);
    this.#messageStart = this.#length;
    this.#length += HEADER_BYTES;
    this.#buffer.writeUInt16LE(type, this.#messageStart + 4);
    this.#buffer.writeUInt16LE(flags | NLM_F_REQUEST, this.#messageStart + 6);
    this.#buffer.writeUInt32LE(sequence, this.#messageStart + 8);
  }

  /** Ends the message; attributes keep it a multiple of four bytes long. */
  end(): void {
    this.#buffer.writeUInt32LE(this.#length - this.#messageStart, this.#messageStart);
    this.#lastMessage = this.#messageStart;
  }

  /** Drops everything written after an earlier `length`, complete or not. */
  rewind(length: number): void {
    this.#buffer.fill(0, length, this.#length);
    this.#length = length;
  }

  /** Asks for an acknowledgement of the last message even if it succeeds. */
  acknowledgeLast(): void {
    const at = this.#lastMessage + 6;
    this.#buffer.writeUInt16LE(this.#buffer.readUInt16LE(at) | NLM_F_ACK, at);
  }

  /** The datagram. The writer must not be used again: the socket may still read these bytes. */
  datagram(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#length = this.#buffer.writeUInt8(value, this.#length);
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16LE(value, this.#length);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  attributeU8(type: number, value: number): void {
    const start = this.#open(type, 1);
    this.u8(value);
    this.#close(start);
  }

  attributeU32(type: number, value: number): void {
    const start = this.#open(type, 4);
    this.u32(value);
    this.#close(start);
  }

  /** A text with its terminating zero byte, as names require. */
  attributeName(type: number, text: string): void {
    this.attributeBytes(type, textBytes(`${text}\0`, text));
  }

  /** A text without a terminating zero byte. */
  attributeText(type: number, text: string): void {
    this.attributeBytes(type, textBytes(text, text));
  }

  attributeBytes(type: number, bytes: Uint8Array): void {
    const start = this.#open(type, bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#close(start);
  }

  attributeMac(type: number, mac: string): void {
    this.attributeBytes(type, macToBytes(mac));
  }

  attributeAddress(type: number, address: Address): void {
    const start = this.#open(type, 16);
    this.#length += writeAddress(address, this.#buffer, this.#length);
    this.#close(start);
  }

  /** An attribute that holds what `content` writes; the kernel requires the flag NLA_F_NESTED on each. */
  nested(type: number, content: () => void): void {
    const start = this.#open(type | NLA_F_NESTED, 0);
    content();
    this.#close(start);
  }

  #open(type: number, bytes: number): number {
    this.#reserve(ATTRIBUTE_HEADER_BYTES + bytes);
    const start = this.#length;
    this.#buffer.writeUInt16LE(type, start + 2);
    this.#length += ATTRIBUTE_HEADER_BYTES;
    return start;
  }

  #close(start: number): void {
    const length = this.#length - start;
    if (length > LONGEST_ATTRIBUTE) {
      throw new KernelError(`a netlink attribute holds at most ${LONGEST_ATTRIBUTE} bytes, not ${length}`);
    }
    this.#buffer.writeUInt16LE(length, start);
    this.#length = (this.#length + 3) & ~3;
  }

  /** Makes room for that many bytes and the padding after them. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + 3;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** With a zero byte inside, the kernel would read a shorter text than the caller meant. */
function textBytes(bytes: string, text: string): Buffer {
  if (text.includes('\0')) throw new KernelError(`${JSON.stringify(text)} holds a zero byte`);
  return Buffer.from(bytes, 'utf8');
}
