import { errnoName } from '../codec/control.ts';
import {
  type FilterInstruction,
  getsockopt,
  lastErrno,
  SOCK_FPROG_BYTES,
  setsockopt,
  setsockoptFilter,
} from '../libc.ts';
import { KernelError } from '../ports.ts';

/** linux/netlink.h and asm-generic/socket.h. */
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** How many 32-bit numbers SO_MEMINFO returns, and the index of the count of dropped messages (linux/sock_diag.h). */
const MEMINFO_NUMBERS = 9;
const MEMINFO_DROPS = 8;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

/**
 * Bytes that may be queued for us (the kernel doubles it for its own overhead and counts at least 768 for an empty
 * answer). Costs nothing while nothing is queued.
 */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;

/**
 * Sets what every netlink socket of ours has.
 * @throws Error without NETLINK_NO_ENOBUFS; correctness needs no other option, and old kernels lack some.
 */
export function setSocketOptions(fd: number): void {
  if (!setNumber(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)) {
    throw new Error(`setsockopt NETLINK_NO_ENOBUFS: ${errnoName(lastErrno())}`);
  }
  setNumber(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setNumber(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  // Linux 4.20. Without it the kernel ignores the filter of a dump; everything is filtered here as well.
  setNumber(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  // FORCE overrides net.core.rmem_max; it needs CAP_NET_ADMIN, which flockd has.
  setNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
}

function setNumber(fd: number, level: number, option: number, value: number): boolean {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return setsockopt(fd, level, option, bytes, bytes.length) === 0;
}

/** Attaches a filter. @throws Error when the kernel rejects the program. */
export function attachFilter(fd: number, filter: readonly FilterInstruction[]): void {
  const program = { len: filter.length, filter };
  if (setsockoptFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, SOCK_FPROG_BYTES) !== 0) {
    throw new Error(`setsockopt SO_ATTACH_FILTER: ${errnoName(lastErrno())}`);
  }
}

/**
 * How many messages the kernel has dropped for lack of room. It also counts what NETLINK_NO_ENOBUFS keeps it from reporting (netlink_overrun in net/netlink/af_netlink.c).
 */
export function droppedBy(fd: number): number {
  const numbers = Buffer.alloc(4 * MEMINFO_NUMBERS);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(numbers.length);
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, numbers, length) !== 0) {
    throw new KernelError(`getsockopt SO_MEMINFO: ${errnoName(lastErrno())}`);
  }
  return numbers.readUInt32LE(4 * MEMINFO_DROPS);
}
