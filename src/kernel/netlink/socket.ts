import { readdirSync } from 'node:fs';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { errorText } from '../../errors.ts';
import { errnoName } from '../codec/control.ts';
import {
  close,
  dup,
  type FilterInstruction,
  getsockname,
  getsockopt,
  lastErrno,
  SOCK_FPROG_BYTES,
  sendOffThread,
  setsockopt,
  setsockoptFilter,
} from '../libc.ts';
import { type HeldNamespace, inside, ownNamespace } from '../namespace.ts';
import { KernelError } from '../ports.ts';

/** A netlink socket as the conversation sees it. Sending never throws: what goes wrong comes to `onFailure`. */
export interface Transport {
  send(datagram: Buffer): void;
  /** How many messages the kernel has had no room for since the socket was opened; it wraps at 2^32. */
  dropped(): number;
  /** Nothing is called back any more. Closing twice does nothing. */
  close(): void;
}

/** Who listens to a transport. */
export interface TransportEvents {
  /** One datagram from the kernel. */
  onDatagram(datagram: Buffer): void;
  /** The socket is of no use any more, and messages may have been lost; close it and open another. */
  onFailure(reason: string): void;
}

/** What a socket is for. */
export interface SocketOptions {
  /** The part of the kernel that it speaks with; routing unless told otherwise. */
  readonly bus?: 'route' | 'netfilter';
  /** Numbers of the multicast groups to join. */
  readonly groups?: readonly number[];
  /** What of the groups' messages is let through, decided in the kernel (classic BPF). */
  readonly filter?: readonly FilterInstruction[];
  /** `offThread` for requests that keep the kernel busy for long: it carries them out while they are being sent. */
  readonly sending?: 'onThread' | 'offThread';
}

/** Opens a transport; what `openNetlinkSocket` does, or a test. */
export type OpenTransport = (events: TransportEvents) => Transport;

/** linux/netlink.h and asm-generic/socket.h. */
const BUS = { route: 0, netfilter: 12 } as const;
const AF_NETLINK = 16;
const SOCKADDR_NL_BYTES = 12;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** Numbers of 32 bits that SO_MEMINFO gives, and the place of the count of dropped messages (linux/sock_diag.h). */
const MEMINFO_NUMBERS = 9;
const MEMINFO_DROPS = 8;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

/**
 * Bytes that may wait for us (the kernel doubles it for its own overhead and counts at least 768 for an empty answer).
 * Costs nothing while nothing waits.
 */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;

/** Descriptors of the sockets that are open, so that none is taken for another's. */
const descriptors = new Set<number>();
/** Their ports: by them the kernel says on whose request something changed (nlmsg_pid). */
const ports = new Set<number>();

/** Whether a port is that of a socket of ours. */
export function isOwnPort(port: number): boolean {
  return ports.has(port);
}

/**
 * Opens a netlink socket in a namespace: the fence around the `netlink` package, whose traps are these.
 * - An error on an idle socket ends the process: libuv reports it, and the package builds its exception from a null
 *   pointer. The one error that happens is ENOBUFS, when messages come faster than they are read; NETLINK_NO_ENOBUFS
 *   keeps it away. Messages are then dropped silently, but only while others wait: whoever takes events for a wake-up is
 *   woken by those, after the loss; a question whose answer is lost meets its deadline.
 * - An exception out of a callback ends the process as well (a C++ exception inside libuv). None gets there.
 * - With messagePeeking off every answer keeps a whole receive buffer alive until garbage collection, of which V8 knows
 *   only the bytes used, and longer answers are cut off. Peeking costs a system call per datagram: measured, 10,000
 *   routes are dumped in 2.9 ms instead of 2.2 ms.
 * - Anybody with CAP_NET_ADMIN in the namespace, such as a pod, can send to our socket; only the kernel's port 0 counts.
 * - The socket's descriptor is hidden, see {@link socketDescriptor}.
 * The socket does not keep the process alive; the deadline of a question does.
 * @throws KernelError when no socket can be made.
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
      // The number of a closed descriptor may be another's before the other thread gets to send.
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
    // The sizes are required by the package's types; 0 leaves the kernel's.
    socket = new RawNetlinkSocket(BUS[bus], { recvBufferSize: 0, sendBufferSize: 0 });
    const { port } = socket.address();
    const fd = socketDescriptor(expected, port);
    setOptions(fd);
    // Before the groups, so that nothing gets past it.
    if (filter !== undefined) attach(fd, filter);
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
 * Finds the descriptor of a socket that the package has just made, and proves that it is that one: a netlink socket
 * bound to the same port, and not another of ours (ports come again after 1,024 sockets, in another namespace). Another
 * thread may have taken the expected number in between; then all are looked at.
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

/** @throws Error without NETLINK_NO_ENOBUFS; no other option is needed for being right, and old kernels lack some. */
function setOptions(fd: number): void {
  if (!setNumber(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)) {
    throw new Error(`setsockopt NETLINK_NO_ENOBUFS: ${errnoName(lastErrno())}`);
  }
  setNumber(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setNumber(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  // Linux 4.20. Without it the kernel ignores what a dump is to be filtered by; everything is filtered here as well.
  setNumber(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  // FORCE passes net.core.rmem_max; it needs CAP_NET_ADMIN, which flockd has.
  setNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
}

function setNumber(fd: number, level: number, option: number, value: number): boolean {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return setsockopt(fd, level, option, bytes, bytes.length) === 0;
}

/** @throws Error when the kernel does not take the program. */
function attach(fd: number, filter: readonly FilterInstruction[]): void {
  const program = { len: filter.length, filter };
  if (setsockoptFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, SOCK_FPROG_BYTES) !== 0) {
    throw new Error(`setsockopt SO_ATTACH_FILTER: ${errnoName(lastErrno())}`);
  }
}

/** The kernel counts also what NETLINK_NO_ENOBUFS keeps it from reporting (netlink_overrun in net/netlink/af_netlink.c). */
function droppedBy(fd: number): number {
  const numbers = Buffer.alloc(4 * MEMINFO_NUMBERS);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(numbers.length);
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, numbers, length) !== 0) {
    throw new KernelError(`getsockopt SO_MEMINFO: ${errnoName(lastErrno())}`);
  }
  return numbers.readUInt32LE(4 * MEMINFO_DROPS);
}
