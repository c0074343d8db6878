import { FlockError } from '../errors.ts';
import type { Address } from '../model/address.ts';
import { NLMSG_ERROR } from './codec/constants.ts';
import { decodeLink, encodeLinkRequest } from './codec/link.ts';
import { decodeNeighbour, encodeOneNeighbourRequest } from './codec/neighbour.ts';
import { type Message, readMessages } from './codec/reader.ts';
import { encodeRouteToRequest } from './codec/route.ts';
import { decodeIsLocal, decodeRoute } from './codec/route-decode.ts';
import { MessageWriter } from './codec/writer.ts';
import { close, receiveFrom, sendNow, socket } from './libc.ts';
import { inside, openNamespacePath } from './namespace.ts';
import { KernelError, type PodQuestion, type PodSight } from './ports.ts';

/** linux/socket.h, linux/netlink.h. */
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const SOCKADDR_NL_BYTES = 12;

/** Room for one answer. A link has the longest: a pod can give its own up to 64 KiB of alternative names. */
const ANSWER_BYTES = 128 * 1024;
const QUESTION_BYTES = 128;
/** The same for every request: each is answered before the next is sent. */
const SEQUENCE = 1;
/** How many datagrams from programs in the pod, not from the kernel, are skipped. */
const STRANGERS = 64;

/** Allocated once, at the first look; nothing in it outlives an answer. */
let room: { readonly answer: Buffer; readonly sender: Buffer; readonly senderLength: Buffer } | undefined;

/** See `Kernel.lookIntoPod`. Measured: 60 µs, half of it for entering and leaving. */
export function lookIntoPod(path: string, question: PodQuestion): PodSight | undefined {
  const namespace = open(path);
  if (namespace === undefined) return undefined;
  const datagrams = encode(question);
  try {
    return inside(namespace, () => {
      // A socket left open would keep the namespace alive, and with it a veth whose pod is gone.
      const fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
      if (fd < 0) throw new KernelError('cannot open a netlink socket in the namespace of a pod');
      try {
        return askAll(fd, datagrams);
      } finally {
        close(fd);
      }
    });
  } finally {
    namespace.close();
  }
}

function open(path: string): ReturnType<typeof openNamespacePath> | undefined {
  try {
    return openNamespacePath(path);
  } catch (error) {
    if (error instanceof FlockError && error.code === 'sandboxUnknown') return undefined;
    throw error;
  }
}

/** The datagrams of a query; encoding addresses takes longer than the answers do. */
interface Encoded {
  readonly link: Buffer;
  readonly addresses: readonly (readonly [Address, Buffer])[];
  readonly ways: readonly { readonly route: Buffer; readonly neighbour: Buffer }[];
}

const encoded = new WeakMap<PodQuestion, Encoded>();

function encode(question: PodQuestion): Encoded {
  const known = encoded.get(question);
  if (known !== undefined) return known;
  const { linkIndex, addresses, ways } = question;
  const datagram = (write: (writer: MessageWriter) => void): Buffer => {
    const writer = new MessageWriter(QUESTION_BYTES);
    write(writer);
    return writer.datagram();
  };
  const made: Encoded = {
    link: datagram((writer) => encodeLinkRequest(writer, linkIndex, SEQUENCE)),
    addresses: addresses.map((address) => [
      address,
      datagram((writer) => encodeRouteToRequest(writer, address, undefined, SEQUENCE)),
    ]),
    ways: ways.map(({ to, gateway }) => ({
      route: datagram((writer) => encodeRouteToRequest(writer, to, linkIndex, SEQUENCE)),
      neighbour: datagram((writer) => encodeOneNeighbourRequest(writer, linkIndex, gateway, SEQUENCE)),
    })),
  };
  encoded.set(question, made);
  return made;
}

function askAll(fd: number, { link, addresses, ways }: Encoded): PodSight | undefined {
  const found = ask(fd, link, decodeLink);
  if (found === undefined) return undefined;
  return {
    link: found,
    local: new Set(addresses.filter(([, datagram]) => ask(fd, datagram, decodeIsLocal) === true).map(([own]) => own)),
    ways: ways.map(({ route, neighbour }) => ({
      gateway: ask(fd, route, (message) => decodeRoute(message, 'any'))?.gateway,
      neighbour: ask(fd, neighbour, decodeNeighbour),
    })),
  };
}

/** One request and its answer, which the kernel gives during the send; undefined for a refusal. */
function ask<T>(fd: number, datagram: Buffer, decode: (message: Message) => T): T | undefined {
  if (Number(sendNow(fd, datagram, datagram.length, 0)) !== datagram.length)
    throw new KernelError('the kernel did not accept a request in the namespace of a pod');
  let answer: { readonly value: T | undefined } | undefined;
  readMessages(receive(fd), (message) => {
    if (message.sequence === SEQUENCE) answer ??= { value: message.type === NLMSG_ERROR ? undefined : decode(message) };
  });
  if (answer === undefined) throw new KernelError('the kernel answered a request that was not sent');
  return answer.value;
}

/** The next datagram from the kernel, whose port is 0; a program in the pod can send to our socket too. */
function receive(fd: number): Buffer {
  room ??= {
    answer: Buffer.alloc(ANSWER_BYTES),
    sender: Buffer.alloc(SOCKADDR_NL_BYTES),
    senderLength: Buffer.alloc(4),
  };
  const { answer, sender, senderLength } = room;
  for (let tries = 0; tries < STRANGERS; tries += 1) {
    senderLength.writeUInt32LE(SOCKADDR_NL_BYTES);
    const length = Number(receiveFrom(fd, answer, answer.length, MSG_DONTWAIT | MSG_TRUNC, sender, senderLength));
    if (length < 0) break;
    if (sender.readUInt32LE(4) !== 0) continue;
    if (length > answer.length) throw new KernelError(`an answer of ${length} bytes in the namespace of a pod`);
    return answer.subarray(0, length);
  }
  throw new KernelError('the kernel did not answer in the namespace of a pod');
}
