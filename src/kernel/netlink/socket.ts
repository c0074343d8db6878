import { readdirSync } from 'node:fs';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { errorText } from '../../errors.ts';
import { close, dup, type FilterInstruction, getsockname, sendOffThread } from '../libc.ts';
import { type HeldNamespace, inside, ownNamespace } from '../namespace.ts';
import { KernelError } from '../ports.ts';
import { attachFilter, droppedBy, setSocketOptions } from './socket-options.ts';

/** A netlink socket as the conversation uses it. Sending never throws: errors are passed to `onFailure`. */
export interface Transport {
  send(datagram: Buffer): void;
  /** Number of messages that the kernel had no room for since the socket was opened; it wraps at 2^32. */
  dropped(): number;
  /** No callback is called afterwards. Closing twice does nothing. */
  close(): void;
}

/** The listener of a transport. */
export interface TransportEvents {
  /** One datagram from the kernel. */
  onDatagram(datagram: Buffer): void;
  /** The socket is no longer usable, and messages may have been lost; close it and open another. */
  onFailure(reason: string): void;
}

/** What a socket is for. */
interface SocketOptions {
  /** The kernel subsystem that it talks to; routing by default. */
  readonly bus?: 'route' | 'netfilter';
  /** Numbers of the multicast groups to join. */
  readonly groups?: readonly number[];
  /** Which of the groups' messages pass, decided in the kernel (classic BPF). */
  readonly filter?: readonly FilterInstruction[];
  /** `offThread` for requests that keep the kernel busy for long: it carries them out during the send. */
  readonly sending?: 'onThread' | 'offThread';
}

/** Opens a transport; `openNetlinkSocket`, or a test's replacement. */
export type OpenTransport = (events: TransportEvents) => Transport;

/** linux/netlink.h and asm-generic/socket.h. */
const BUS = { route: 0, netfilter: 12 } as const;
const AF_NETLINK = 16;
const SOCKADDR_NL_BYTES = 12;

/** Descriptors of the open sockets, so that none is mistaken for another's. */
const descriptors = new Set<number>();
/** Their ports, by which the kernel says whose request caused a change (nlmsg_pid). */
const ports = new Set<number>();

/** Whether a port belongs to one of our sockets. */
export function isOwnPort(port: number): boolean {
  return ports.has(port);
}

/**
 * Opens a netlink socket in a namespace: the fence around the `netlink` package, which has these traps:
 * - An error on an idle socket ends the process: libuv reports it, and the package builds its exception from a null
 *   pointer. The one error that happens is ENOBUFS, when messages come faster than they are read; NETLINK_NO_ENOBUFS
 *   keeps it away. Messages are then dropped silently, but only while others are queued: a reader that takes events as
 *   a wake-up is woken by those, after the loss; a request whose answer is lost meets its deadline.
 * - An exception thrown by a callback ends the process as well (a C++ exception inside libuv). None is let through.
 * - With messagePeeking off every answer keeps a whole receive buffer alive until garbage collection, of which V8 knows
 *   only the bytes used, and longer answers are cut off. Peeking costs a system call per datagram. Measured: 10,000
 *   routes are dumped in 2.9 ms instead of 2.2 ms.
 * - Any process with CAP_NET_ADMIN in the namespace, such as a pod's, can send to our socket; only port 0, the kernel,
 *   counts.
 * - The socket's descriptor is hidden, see {@link socketDescriptor}.
 * The socket does not keep the process alive; the deadline of a question does.
 * @throws KernelError when no socket can be opened.
 */
export function openNetlinkSocket(
  namespace: HeldNamespace,
  events: TransportEvents,
  options: SocketOptions = {},
): Transport {
  const { socket, fd, port } = inside(namespace, () => makeSocket(options));
  socket.unref();
  let open = true;
  const guarded = (work: () => void): void => {
    if (!open) return;
    try {
      work();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
  const failed = (error: Error): void => guarded(() => events.onFailure(errorText(error)));
  socket.on('error', failed);
  socket.on('message', (datagram, info) => {
    if (info.port === 0) guarded(() => events.onDatagram(datagram));
  });
  let underWay = 0;
  const release = (): void => {
    descriptors.delete(fd);
    ports.delete(port);
    socket.close();
  };
  const sendElsewhere = (datagram: Buffer): void => {
    underWay += 1;
    sendOffThread(fd, datagram, (error, sent) => {
      underWay -= 1;
      if (!open && underWay === 0) release();
      if (error !== null || Number(sent) !== datagram.length) failed(error ?? new Error('send failed'));
    });
  };
  return {
    send: (datagram) => {
      if (!open) return;
      if (options.sending === 'offThread') {
        sendElsewhere(datagram);
        return;
      }
      socket.send(datagram, undefined, (error) => {
        if (error !== undefined) failed(error);
      });
    },
    dropped: () => (open ? droppedBy(fd) : 0),
    close: () => {
      if (!open) return;
      open = false;
      // The number of a closed descriptor may be reused before the other thread gets to send.
      if (underWay === 0) release();
    },
  };
}

function makeSocket({ bus = 'route', groups = [], filter }: SocketOptions): {
  socket: RawNetlinkSocket;
  fd: number;
  port: number;
} {
  const expected = nextDescriptor();
  let socket: RawNetlinkSocket | undefined;
  try {
    // The package's types require the sizes; 0 keeps the kernel's.
    socket = new RawNetlinkSocket(BUS[bus], { recvBufferSize: 0, sendBufferSize: 0 });
    const { port } = socket.address();
    const fd = socketDescriptor(expected, port);
    setSocketOptions(fd);
    // Before joining the groups, so that nothing gets past it.
    if (filter !== undefined) attachFilter(fd, filter);
    for (const group of groups) socket.addMembership(group);
    descriptors.add(fd);
    ports.add(port);
    return { socket, fd, port };
  } catch (cause) {
    socket?.close();
    throw new KernelError(`cannot open a netlink socket: ${errorText(cause)}`, { cause });
  }
}

/** The number that the next descriptor of this process will have: the lowest free one (POSIX, open()). */
function nextDescriptor(): number {
  const fd = dup(ownNamespace().fd);
  if (fd >= 0) close(fd);
  return fd;
}

/**
 * Finds the descriptor of a socket that the package has just opened, and verifies it: a netlink socket bound to the
 * same port, and not another of ours (ports repeat after 1,024 sockets, in another namespace). If another thread has
 * taken the expected number in between, all descriptors are checked.
 * @throws Error when it is not found.
 */
function socketDescriptor(expected: number, port: number): number {
  if (isBoundTo(expected, port)) return expected;
  const found = readdirSync('/proc/self/fd')
    .map(Number)
    .find((fd) => isBoundTo(fd, port));
  if (found === undefined) throw new Error(`no descriptor of this process is a netlink socket with port ${port}`);
  return found;
}

function isBoundTo(fd: number, port: number): boolean {
  if (fd < 0 || descriptors.has(fd)) return false;
  const address = Buffer.alloc(SOCKADDR_NL_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(SOCKADDR_NL_BYTES);
  if (getsockname(fd, address, length) !== 0) return false;
  return address.readUInt16LE(0) === AF_NETLINK && address.readUInt32LE(4) === port;
}
