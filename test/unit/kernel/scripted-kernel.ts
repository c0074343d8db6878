import { NLMSG_DONE, NLMSG_ERROR } from '../../../src/kernel/codec/constants.ts';
import { type Message, readMessages } from '../../../src/kernel/codec/reader.ts';
import { MessageWriter } from '../../../src/kernel/codec/writer.ts';
import type { OpenTransport, TransportEvents } from '../../../src/kernel/netlink/socket.ts';

/** The other side of a netlink socket, in the hands of a test. */
export class ScriptedKernel {
  /** Requests of all datagrams received, in order. */
  readonly requests: Message[] = [];
  readonly datagrams: Buffer[] = [];
  opened = 0;
  closed = 0;
  /** The next so many attempts to open a socket fail. */
  refuseToOpen = 0;
  /** How many messages the socket says that it has dropped. */
  dropped = 0;
  #events: TransportEvents | undefined;
  readonly #script: (requests: Message[], kernel: ScriptedKernel) => void;

  /** @param script what to do with the requests of a datagram; nothing is the kernel that hangs. */
  constructor(script: (requests: Message[], kernel: ScriptedKernel) => void = () => {}) {
    this.#script = script;
  }

  readonly open: OpenTransport = (events) => {
    if (this.refuseToOpen > 0) {
      this.refuseToOpen -= 1;
      throw new Error('EMFILE');
    }
    this.opened += 1;
    this.#events = events;
    let open = true;
    return {
      send: (datagram) => {
        if (!open) throw new Error('sent on a closed socket');
        this.datagrams.push(datagram);
        const requests: Message[] = [];
        readMessages(datagram, (message) => requests.push(message));
        this.requests.push(...requests);
        this.#script(requests, this);
      },
      dropped: () => this.dropped,
      close: () => {
        if (open) this.closed += 1;
        open = false;
      },
    };
  };

  /** Sends a datagram to the client, in a later turn as a socket does. */
  answer(...messages: Buffer[]): void {
    const events = this.#events;
    setImmediate(() => events?.onDatagram(Buffer.concat(messages)));
  }

  /** Breaks the socket. */
  fail(reason: string): void {
    const events = this.#events;
    setImmediate(() => events?.onFailure(reason));
  }
}

/** A message from the kernel; its payload is written by `content`. */
export function message(
  type: number,
  flags: number,
  sequence: number,
  content: (writer: MessageWriter) => void,
): Buffer {
  const writer = new MessageWriter(64);
  writer.begin(type, flags, sequence);
  content(writer);
  writer.end();
  return writer.datagram();
}

/** NLMSG_ERROR: success for 0, else a refusal with a positive errno. */
export function acknowledgement(sequence: number, errno = 0): Buffer {
  return message(NLMSG_ERROR, 0, sequence, (writer) => {
    writer.u32(-errno >>> 0);
    for (const word of [16, 0, sequence, 0]) writer.u32(word);
  });
}

/** NLMSG_DONE. */
export function done(sequence: number, flags = 0, errno = 0): Buffer {
  return message(NLMSG_DONE, flags, sequence, (writer) => writer.u32(-errno >>> 0));
}
