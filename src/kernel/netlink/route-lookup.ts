import type { Address } from '../../model/address.ts';
import type { Message } from '../codec/reader.ts';
import { encodeRouteToRequest } from '../codec/route.ts';
import { decodeIsLocal, decodeRoute } from '../codec/route-decode.ts';
import type { Route, RouteTo } from '../ports.ts';
import type { Conversation } from './conversation.ts';
import { question, refused } from './dump.ts';

/**
 * What the kernel answers for an address that it cannot reach: no route, a route that rejects, or no such family
 * (`ipv6.disable=1`).
 */
const UNREACHABLE: readonly string[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EACCES',
  'EINVAL',
  'EOPNOTSUPP',
  'EAFNOSUPPORT',
];

/**
 * How the kernel would reach an address; undefined when it would not.
 * @throws KernelError when the conversation fails, or the kernel refuses the request.
 */
export async function routeTo(conversation: Conversation, address: Address): Promise<RouteTo | undefined> {
  const value = await lookup(conversation, address, 'path', (message) => decodeRoute(message, 'any'));
  if (value?.linkIndex === undefined) return undefined;
  return { linkIndex: value.linkIndex, preferredSource: value.preferredSource, gateway: value.gateway };
}

/**
 * The route itself by which the kernel would reach an address; undefined when it would not, or the address is local.
 * @throws KernelError as `routeTo` does.
 */
export function routeEntry(conversation: Conversation, address: Address): Promise<Route | undefined> {
  return lookup(conversation, address, 'entry', (message) =>
    decodeIsLocal(message) ? undefined : decodeRoute(message, 'any'),
  );
}

async function lookup(
  conversation: Conversation,
  address: Address,
  answer: 'path' | 'entry',
  decode: (message: Message) => Route | undefined,
): Promise<Route | undefined> {
  const { datagram, sequence } = question(conversation, (writer, number) =>
    encodeRouteToRequest(writer, address, undefined, number, answer),
  );
  const { value, refusal } = await conversation.get(datagram, sequence, decode);
  if (refusal !== undefined && !UNREACHABLE.includes(refusal.errno)) throw refused(`the route to ${address}`, refusal);
  return value;
}
