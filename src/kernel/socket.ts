import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { errorText } from '../errors.ts';
import { close, dup, getsockname, sendOffThread, setsockopt } from './libc.ts';
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
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

/**
 * Bytes that may wait for us (the kernel doubles it for its own overhead and counts at least 768 for an empty answer).
 * Costs nothing while nothing waits.
 */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;

/**
 * Opens a netlink socket in a namespace: the fence around the `netlink` package, whose traps are these.
 * - With messagePeeking off every answer keeps a whole receive buffer alive until garbage collection, of which V8 knows
 *   only the bytes used, and longer answers are cut off. Peeking costs a system call per datagram: measured, 10,000
 *   routes are dumped in 2.9 ms instead of 2.2 ms.
 * - When the kernel runs out of receive buffer it sets ENOBUFS; libuv reports that as EBADF and the package closes the
 *   socket. So an overrun shows as a failure here, never silently.
 * - An exception out of its callbacks ends the process (a C++ exception inside libuv). None gets there.
 * - Anybody with CAP_NET_ADMIN in the namespace, such as a pod, can send to our socket; only the kernel's port 0 counts.
 * - The socket's descriptor is hidden, see {@link socketDescriptor}.
 * @param groups numbers of the multicast groups to join.
 * The socket does not keep the process alive; the deadline of a question does.
 * @param sending `offThread` for requests that keep the kernel busy for long: it carries them out while they are being
 * sent. Where the descriptor is not to be had they are sent on this thread all the same.
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
  if (fd !== undefined) setOptions(fd);
  return {
    send: (datagram) => {
      if (!open) return;
      if (sending === 'offThread' && fd !== undefined) {
        sendOffThread(fd, datagram, (error, sent) => {
          if (error !== null || Number(sent) !== datagram.length) failed(error ?? new Error('send failed'));
        });
        return;
      }
      socket.send(datagram, undefined, (error) => {
        if (error !== undefined) failed(error);
      });
    },
    close: () => {
      if (!open) return;
      open = false;
      socket.close();
    },
  };
}

function makeSocket(groups: readonly number[]): { socket: RawNetlinkSocket; fd: number | undefined } {
  const expected = nextDescriptor();
  try {
    // The sizes are required by the package's types; 0 leaves the kernel's.
    const socket = new RawNetlinkSocket(NETLINK_ROUTE, { recvBufferSize: 0, sendBufferSize: 0 });
    for (const group of groups) socket.addMembership(group);
    return { socket, fd: socketDescriptor(expected, socket.address().port) };
  } catch (cause) {
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
 * bound to the same port. Another thread may have taken the expected number in between; then the options stay unset,
 * which costs the kernel's explanations of errors and its filtering of dumps, and nothing else (dumps are filtered here
 * as well).
 */
function socketDescriptor(expected: number, port: number): number | undefined {
  const address = Buffer.alloc(SOCKADDR_NL_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(SOCKADDR_NL_BYTES);
  if (expected < 0 || getsockname(expected, address, length) !== 0) return undefined;
  return address.readUInt16LE(0) === AF_NETLINK && address.readUInt32LE(4) === port ? expected : undefined;
}

/**
 * None of these is needed for being right, so a kernel that lacks one (strict checking came with 4.20) is no error.
 */
function setOptions(fd: number): void {
  setNumber(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setNumber(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  setNumber(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  // FORCE passes net.core.rmem_max; it needs CAP_NET_ADMIN, which flockd has.
  setNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
}

function setNumber(fd: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  setsockopt(fd, level, option, bytes, bytes.length);
}
