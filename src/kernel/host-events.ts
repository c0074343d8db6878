import { Retry } from '../async/retry.ts';
import { addressBits } from '../model/address.ts';
import { isOnEveryLink6 } from '../model/special-prefixes.ts';
import { NLMSG_OVERRUN } from './codec/constants.ts';
import { decodeEvent, type KernelEvent } from './codec/event.ts';
import { type Message, readMessages } from './codec/reader.ts';
import { isOwnPort, type Transport, type TransportEvents } from './netlink/socket.ts';
import { type HostChange, type HostInterest, KernelError } from './ports.ts';

/** Milliseconds after a failure until a new socket is tried, while there is none. */
const RETRY_MS = 1_000;

/**
 * Opens a socket that is notified of links, addresses, neighbours, next hops, and the routes that concern a protocol.
 */
type OpenEvents = (protocol: number, events: TransportEvents) => Transport;

/** What has been collected for a listener since its last call. */
type Gathered = { -readonly [key in keyof HostChange]: key extends 'ends' ? Set<number> : HostChange[key] };

interface Listener {
  readonly interest: HostInterest;
  readonly call: (change: HostChange) => void;
  gathered: Gathered;
}

/**
 * Tells a listener where the host may have changed. All messages of one turn of the event loop become one call; what
 * does not concern the listener causes none. When the kernel has no room for an event, it drops it while others wait to
 * be read, and counts it: so the loss is noticed with those that waited. If there was no socket for a while, everything
 * may have changed.
 */
export class HostEvents {
  readonly #open: OpenEvents;
  readonly #listeners = new Set<Listener>();
  #transport: Transport | undefined;
  #dropped = 0;
  #pending: NodeJS.Immediate | undefined;
  readonly #retry = new Retry({ firstMs: RETRY_MS });

  constructor(open: OpenEvents) {
    this.#open = open;
  }

  /**
   * Adds a listener; the first one opens the socket, and its protocol applies to all.
   * @returns what removes it again.
   * @throws KernelError when the socket cannot be opened.
   */
  listen(interest: HostInterest, call: (change: HostChange) => void): () => void {
    const own: Listener = { interest, call, gathered: nothing() };
    this.#connect(interest.protocol);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#transport?.close();
    this.#transport = undefined;
    clearImmediate(this.#pending);
    this.#retry.cancel();
    this.#pending = undefined;
  }

  #connect(protocol: number): void {
    if (this.#transport !== undefined) return;
    this.#dropped = 0;
    this.#transport = this.#open(protocol, {
      onDatagram: (datagram) => this.#receive(datagram),
      onFailure: () => this.#reopen(),
    });
  }

  #receive(datagram: Buffer): void {
    try {
      readMessages(datagram, (message) => this.#take(message));
      this.#pending ??= setImmediate(() => this.#tell());
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#reopen();
    }
  }

  #take(message: Message): void {
    if (message.type === NLMSG_OVERRUN) throw new KernelError('the kernel lost netlink messages');
    const event = decodeEvent(message);
    if (event === undefined) return;
    const own = isOwnPort(message.port);
    for (const { interest, gathered } of this.#listeners) gather(gathered, event, own, interest);
  }

  #tell(): void {
    this.#pending = undefined;
    const dropped = this.#transport?.dropped() ?? this.#dropped;
    if (dropped !== this.#dropped) this.#lose();
    this.#dropped = dropped;
    for (const listener of [...this.#listeners]) {
      const { gathered } = listener;
      if (isNothing(gathered)) continue;
      listener.gathered = nothing();
      listener.call(gathered);
    }
  }

  #lose(): void {
    for (const { gathered } of this.#listeners) gathered.lost = true;
  }

  /** Listening again comes first, so that no change after the call is missed. */
  #reopen(): void {
    this.#transport?.close();
    this.#transport = undefined;
    const [first] = this.#listeners;
    if (first === undefined) return;
    try {
      this.#connect(first.interest.protocol);
    } catch {
      // No descriptor or no memory at the moment: without events, listeners must check at every retry.
      this.#retry.later(() => this.#reopen());
    }
    this.#lose();
    this.#pending ??= setImmediate(() => this.#tell());
  }
}

function nothing(): Gathered {
  return { links: false, ends: new Set(), routes: false, host: false, sysctls: false, lost: false };
}

function isNothing({ links, ends, routes, host, sysctls, lost }: Gathered): boolean {
  return !links && ends.size === 0 && !routes && !host && !sysctls && !lost;
}

/** The id of each of our next hop objects is in the range that starts at protocol × 2^20 (src/routes/route-values.ts). */
const NEXT_HOP_BITS = 20;

/**
 * Notes where an event requires a reading.
 * @param own whether our own request is the cause. Links are noted nevertheless: what else the kernel does to a link
 * that is set up or taken down carries no port number.
 */
export function gather(into: Gathered, event: KernelEvent, own: boolean, interest: HostInterest): void {
  if (event.kind === 'link') into.links = true;
  if (own) return;
  switch (event.kind) {
    case 'address':
      // An address that a pod has or claims keeps its packets on this host, whichever link it is on.
      if (event.address !== undefined && interest.ownerOf(event.address) !== undefined) into.routes = true;
      if (interest.kindOf(event.linkIndex) === 'host') into.host = true;
      else if (interest.kindOf(event.linkIndex) === 'pod') {
        into.ends.add(event.linkIndex);
        // A link that loses its last IPv4 address loses its IPv4 routes without notification (fib_disable_ip).
        if (event.gone) into.routes = true;
      }
      break;
    case 'neighbour':
      if (interest.ownerOf(event.address) === event.linkIndex) into.ends.add(event.linkIndex);
      break;
    case 'route':
      gatherRoute(into, event, interest);
      break;
    case 'nextHop':
      if (event.protocol === interest.protocol || event.id >>> NEXT_HOP_BITS === interest.protocol) into.routes = true;
      break;
    case 'rule':
      into.routes = true;
      break;
    case 'setting':
      if (event.linkIndex === undefined || interest.kindOf(event.linkIndex) === 'host') into.sysctls = true;
      else if (interest.kindOf(event.linkIndex) === 'pod') into.ends.add(event.linkIndex);
      break;
  }
}

function gatherRoute(into: Gathered, event: Extract<KernelEvent, { kind: 'route' }>, interest: HostInterest): void {
  const { protocol, destination, linkIndex, direct } = event;
  const { network, length, family } = destination;
  const kind = linkIndex === undefined ? undefined : interest.kindOf(linkIndex);
  if (protocol === interest.protocol) {
    into.routes = true;
    if (direct && linkIndex !== undefined && kind === 'pod') into.ends.add(linkIndex);
    return;
  }
  const owner = length === addressBits(family) ? interest.ownerOf(network) : undefined;
  if (owner !== undefined) into.routes = true;
  // It may have replaced our route to the link.
  if (typeof owner === 'number') into.ends.add(owner);
  if (length === 0 || (direct && kind === 'host' && !isOnEveryLink6(network))) into.host = true;
}
