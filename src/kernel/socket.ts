import { readdirSync } from 'node:fs';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { errorText } from '../errors.ts';
import { errnoName } from './codec/control.ts';
import { close, dup, getsockname, lastErrno, sendOffThread, setsockopt } from './libc.ts';
import { type HeldNamespace, inside, ownNamespace } from './namespace.ts';
import { KernelError } from './ports.ts';

/** A netlink socket as the conversation sees it. Sending never throws: what goes wrong comes to `onFailure`. */
export interface Transport {
  send(datagram: Buffer): void;
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

/** Opens a transport; what `openNetlinkSocket` does, or a test. */
export type OpenTransport = (events: TransportEvents) => Transport;

/** linux/netlink.h and asm-generic/socket.h. */
const NETLINK_ROUTE = 0;
const AF_NETLINK = 16;
const SOCKADDR_NL_BYTES = 12;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
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
 * @param groups numbers of the multicast groups to join.
 * @param sending `offThread` for requests that keep the kernel busy for long: it carries them out while they are being
 * sent.
 * @throws KernelError when no socket can be made.
 */
export function openNetlinkSocket(
  namespace: HeldNamespace,
  groups: readonly number[],
  events: TransportEvents,
  sending: 'onThread' | 'offThread' = 'onThread',
): Transport {
  const { socket, fd } = inside(namespace, () => makeSocket(groups));
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
      if (sending === 'offThread') {
        sendElsewhere(datagram);
        return;
      }
      socket.send(datagram, undefined, (error) => {
        if (error !== undefined) failed(error);
      });
    },
    close: () => {
      if (!open) return;
      open = false;
      // The number of a closed descriptor may be another's before the other thread gets to send.
      if (underWay === 0) release();
    },
  };
}

function makeSocket(groups: readonly number[]): { socket: RawNetlinkSocket; fd: number } {
  const expected = nextDescriptor();
  let socket: RawNetlinkSocket | undefined;
  try {
    // The sizes are required by the package's types; 0 leaves the kernel's.
    socket = new RawNetlinkSocket(NETLINK_ROUTE, { recvBufferSize: 0, sendBufferSize: 0 });
    const fd = socketDescriptor(expected, socket.address().port);
    setOptions(fd);
    for (const group of groups) socket.addMembership(group);
    descriptors.add(fd);
    return { socket, fd };
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
