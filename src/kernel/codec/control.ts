import { constants } from 'node:os';
import { KernelError } from '../ports.ts';
import { NLM_F_ACK_TLVS, NLM_F_CAPPED } from './constants.ts';
import { attributesOf, type Message, requireHeader } from './reader.ts';

/** What the kernel says about a request that it refused. */
export interface Refusal {
  /** `EEXIST`, `ENODEV`, … */
  readonly errno: string;
  /** Its own message, if the socket asks for one (NETLINK_EXT_ACK) and it has one. */
  readonly message: string | undefined;
}

/** `struct nlmsgerr` (linux/netlink.h): the error, then the header of the request. */
const ERROR_BYTES = 4;
const QUOTED_HEADER_BYTES = 16;
const NLMSGERR_ATTR_MSG = 1;

const NAMES = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  // Where a number has two names, the one in uapi/asm-generic/errno.h.
  if (name !== 'EWOULDBLOCK' && name !== 'ENOTSUP') NAMES.set(number, name);
}

/** Name of a positive error number, or `errno N` for one that has none outside the kernel (ENOTSUPP, 524). */
export function errnoName(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`;
}

/**
 * Reads an NLMSG_ERROR, which is also how success is acknowledged.
 * @returns undefined for success.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeAcknowledgement(message: Message): Refusal | undefined {
  requireHeader(message, ERROR_BYTES + QUOTED_HEADER_BYTES, 'netlink error');
  const error = message.buffer.readInt32LE(message.start);
  if (error === 0) return undefined;
  if (error > 0) throw new KernelError(`a netlink error message with the error number ${error}, which is not negative`);
  // Unless capped, the whole request is quoted between the header and the attributes.
  const quoted = message.buffer.readUInt32LE(message.start + ERROR_BYTES);
  const skip = (message.flags & NLM_F_CAPPED) !== 0 ? QUOTED_HEADER_BYTES : (quoted + 3) & ~3;
  return { errno: errnoName(-error), message: sentence(message, ERROR_BYTES + skip) };
}

/**
 * Reads an NLMSG_DONE, the end of a dump.
 * @returns undefined for a dump that completed.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeDone(message: Message): Refusal | undefined {
  requireHeader(message, ERROR_BYTES, 'netlink end of dump');
  const error = message.buffer.readInt32LE(message.start);
  return error >= 0 ? undefined : { errno: errnoName(-error), message: sentence(message, ERROR_BYTES) };
}

function sentence(message: Message, skip: number): string | undefined {
  if ((message.flags & NLM_F_ACK_TLVS) === 0 || skip < 0 || skip > message.end - message.start) return undefined;
  const attributes = attributesOf(message, skip);
  while (attributes.next()) if (attributes.type === NLMSGERR_ATTR_MSG) return attributes.text();
  return undefined;
}
