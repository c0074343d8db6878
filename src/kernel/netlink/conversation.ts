import { NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN } from '../codec/constants.ts';
import { decodeAcknowledgement, decodeDone, type Refusal } from '../codec/control.ts';
import { type Message, readMessages } from '../codec/reader.ts';
import { KernelError } from '../ports.ts';
import type { OpenTransport, Transport } from './socket.ts';

/** One request, or several in one datagram, waiting for the answer that ends it. */
interface Exchange {
  readonly first: number;
  readonly last: number;
  /** @returns whether the exchange is complete. */
  answered(message: Message): boolean;
  reject(error: KernelError): void;
  readonly timer: NodeJS.Timeout;
}

/** The answer to a query for one object. */
type Answer<T> = { readonly value: T | undefined; readonly refusal: Refusal | undefined };

/** How a dump ended. */
type DumpEnd = { readonly interrupted: boolean; readonly refusal: Refusal | undefined };

const HIGHEST_SEQUENCE = 0xffff_ffff;

/**
 * Requests and answers over one netlink socket, matched by sequence number. When anything goes wrong with the socket
 * itself (an undecodable answer, a deadline), every pending request fails, the socket is closed and the next request
 * opens another: so a late message cannot be mistaken for the answer to another request.
 */
export class Conversation {
  readonly #open: OpenTransport;
  readonly #deadlineMs: number;
  #transport: Transport | undefined;
  #sequence = 1;
  #waiting: Exchange[] = [];
  #closed = false;

  /** @param deadlineMs milliseconds that the kernel may take for one datagram or one dump. */
  constructor(open: OpenTransport, deadlineMs: number) {
    this.#open = open;
    this.#deadlineMs = deadlineMs;
  }

  /** Opens the socket now instead of at the first request. @throws KernelError when that fails. */
  connect(): void {
    this.#connected();
  }

  /** Reserves that many consecutive sequence numbers. @returns the first. */
  sequences(count: number): number {
    if (this.#sequence + count > HIGHEST_SEQUENCE) this.#sequence = 1;
    const first = this.#sequence;
    this.#sequence += count;
    return first;
  }

  /**
   * Sends changes, the last of which asks for an acknowledgement. The kernel carries out a datagram in order while it
   * is being sent, and answers every refused message whether asked to or not (netlink_rcv_skb in
   * net/netlink/af_netlink.c). If there is no room for an answer, there is none for later ones either, until we read.
   * So when the last one is answered, those that were not refused are done. Measured: 10,000 routes take a third of the
   * time that they take with an acknowledgement each.
   * @returns the refusals by sequence number.
   */
  changes(datagram: Buffer, first: number, last: number): Promise<Map<number, Refusal>> {
    const refusals = new Map<number, Refusal>();
    return this.#exchange(datagram, first, last, (message) => {
      if (message.type !== NLMSG_ERROR) return undefined;
      const refusal = decodeAcknowledgement(message);
      if (refusal !== undefined) refusals.set(message.sequence, refusal);
      return message.sequence === last ? refusals : undefined;
    });
  }

  /** Asks for one object. @returns what `decode` makes of the answer, or the refusal. */
  async get<T>(datagram: Buffer, sequence: number, decode: (message: Message) => T): Promise<Answer<T>> {
    const answer = (await this.getAll(datagram, sequence, sequence, decode)).get(sequence);
    return answer ?? { value: undefined, refusal: undefined };
  }

  /** Asks for several objects in one datagram. @returns the answers by sequence number. */
  getAll<T>(
    datagram: Buffer,
    first: number,
    last: number,
    decode: (message: Message) => T,
  ): Promise<Map<number, Answer<T>>> {
    const answers = new Map<number, Answer<T>>();
    return this.#exchange(datagram, first, last, (message) => {
      if (message.type === NLMSG_ERROR) {
        const refusal = decodeAcknowledgement(message);
        if (refusal === undefined) throw new KernelError('the kernel acknowledged a question instead of answering it');
        answers.set(message.sequence, { value: undefined, refusal });
      } else {
        answers.set(message.sequence, { value: decode(message), refusal: undefined });
      }
      return answers.size === last - first + 1 ? answers : undefined;
    });
  }

  /** Asks for a list. Only one dump may run on a socket at a time; the caller ensures that. */
  dump(datagram: Buffer, sequence: number, visit: (message: Message) => void): Promise<DumpEnd> {
    let interrupted = false;
    return this.#exchange<DumpEnd>(datagram, sequence, sequence, (message) => {
      if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (message.type === NLMSG_DONE) return { interrupted, refusal: decodeDone(message) };
      if (message.type === NLMSG_ERROR) return { interrupted, refusal: decodeAcknowledgement(message) };
      visit(message);
      return undefined;
    });
  }

  /** Closes it; pending requests fail. */
  close(): void {
    this.#closed = true;
    this.#fail(new KernelError('the network namespace has been closed'));
  }

  #exchange<T>(datagram: Buffer, first: number, last: number, answer: (message: Message) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const transport = this.#connected();
      const timer = setTimeout(() => {
        this.#fail(new KernelError(`the kernel did not answer a netlink request within ${this.#deadlineMs} ms`));
      }, this.#deadlineMs);
      const answered = (message: Message): boolean => {
        const value = answer(message);
        if (value === undefined) return false;
        resolve(value);
        return true;
      };
      this.#waiting.push({ first, last, answered, reject, timer });
      transport.send(datagram);
    });
  }

  #connected(): Transport {
    if (this.#closed) throw new KernelError('the network namespace has been closed');
    this.#transport ??= this.#open({
      onDatagram: (datagram) => this.#receive(datagram),
      onFailure: (reason) => this.#fail(new KernelError(`the netlink socket failed: ${reason}`)),
    });
    return this.#transport;
  }

  #receive(datagram: Buffer): void {
    try {
      readMessages(datagram, (message) => this.#deliver(message));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#fail(error);
    }
  }

  #deliver(message: Message): void {
    if (message.type === NLMSG_NOOP) return;
    if (message.type === NLMSG_OVERRUN) throw new KernelError('the kernel lost netlink messages');
    const index = this.#waiting.findIndex(({ first, last }) => message.sequence >= first && message.sequence <= last);
    const exchange = this.#waiting[index];
    if (exchange === undefined || !exchange.answered(message)) return;
    clearTimeout(exchange.timer);
    this.#waiting.splice(index, 1);
  }

  #fail(error: KernelError): void {
    this.#transport?.close();
    this.#transport = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const exchange of waiting) {
      clearTimeout(exchange.timer);
      exchange.reject(error);
    }
  }
}
