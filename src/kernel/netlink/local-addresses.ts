import { setTimeout as pause } from 'node:timers/promises';
import type { Address } from '../../model/address.ts';
import { encodeRouteToRequest } from '../codec/route.ts';
import { decodeIsLocal } from '../codec/route-decode.ts';
import { MessageWriter } from '../codec/writer.ts';
import type { Conversation } from './conversation.ts';

/** Requests in one datagram; their answers, about 800 bytes each, fit the kernel's default receive buffer. */
const QUESTIONS = 64;
const QUESTION_BYTES = 64;
const PAUSE_MS = 1;
/** Number of tries after which to check again that the addresses still exist. */
const TRIES_BETWEEN_LOOKS = 32;
/** Longer than any queue of a busy kernel: after that, something is wrong. */
const TRIES = 1_000;

/**
 * Waits until the kernel takes packets for IPv6 addresses that it has just accepted. It answers the request first, and
 * joins the solicited-node group and adds the local route later in a work queue (addrconf_dad_work in
 * net/ipv6/addrconf.c), even without duplicate-address detection. Measured on an idle machine: of packets sent right
 * after the answer, 12 in 100 were lost, or came a second late because the neighbour solicitation was.
 * @param isThere whether a link still has an address: one that another program has removed is not waited for.
 * @returns those that are still not local at the end.
 * @throws KernelError when the conversation fails.
 */
export async function untilLocal<T extends OnLink>(
  conversation: Conversation,
  addresses: readonly T[],
  isThere: (address: T) => Promise<boolean>,
): Promise<T[]> {
  const gone: T[] = [];
  let missing = await notLocal(conversation, addresses);
  for (let tries = 1; missing.length > 0 && tries < TRIES; tries += 1) {
    await pause(PAUSE_MS);
    missing = await notLocal(conversation, missing);
    if (tries % TRIES_BETWEEN_LOOKS !== 0) continue;
    for (const address of missing) if (!(await isThere(address))) gone.push(address);
    missing = missing.filter((address) => !gone.includes(address));
  }
  return [...missing, ...gone];
}

interface OnLink {
  readonly address: Address;
  readonly linkIndex: number;
}

async function notLocal<T extends OnLink>(conversation: Conversation, addresses: readonly T[]): Promise<T[]> {
  const missing: T[] = [];
  for (let from = 0; from < addresses.length; from += QUESTIONS) {
    const part = addresses.slice(from, from + QUESTIONS);
    const first = conversation.sequences(part.length);
    const writer = new MessageWriter(part.length * QUESTION_BYTES);
    for (const [index, { address, linkIndex }] of part.entries()) {
      encodeRouteToRequest(writer, address, linkIndex, first + index);
    }
    const last = first + part.length - 1;
    const answers = await conversation.getAll(writer.datagram(), first, last, decodeIsLocal);
    missing.push(...part.filter((_, index) => answers.get(first + index)?.value !== true));
  }
  return missing;
}
