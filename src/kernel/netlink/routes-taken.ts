import type { Address } from '../../model/address.ts';
import { encodeRouteTakenRequest } from '../codec/route.ts';
import { decodeRouteTaken } from '../codec/route-decode.ts';
import { MessageWriter } from '../codec/writer.ts';
import type { RouteTaken } from '../ports.ts';
import type { Conversation } from './conversation.ts';

/** Requests in one datagram; their answers, about 800 bytes each, fit the kernel's default receive buffer. */
const QUESTIONS = 64;
const QUESTION_BYTES = 64;

/**
 * Asks which route the kernel takes to each address.
 * @returns the routes; an address that the kernel does not route (no route, or one that rejects) is missing.
 * @throws KernelError when the conversation fails.
 */
export async function routesTaken(
  conversation: Conversation,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, RouteTaken>> {
  const taken = new Map<Address, RouteTaken>();
  for (let from = 0; from < addresses.length; from += QUESTIONS) {
    const part = addresses.slice(from, from + QUESTIONS);
    const first = conversation.sequences(part.length);
    const writer = new MessageWriter(part.length * QUESTION_BYTES);
    for (const [index, address] of part.entries()) encodeRouteTakenRequest(writer, address, first + index);
    const last = first + part.length - 1;
    const answers = await conversation.getAll(writer.datagram(), first, last, decodeRouteTaken);
    for (const [index, address] of part.entries()) {
      const route = answers.get(first + index)?.value;
      if (route !== undefined) taken.set(address, route);
    }
  }
  return taken;
}
