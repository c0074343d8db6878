import koffi from 'koffi';

/**
 * The libc calls that Node lacks. All but `sendOffThread` run on the calling thread, as setns(2) requires: a network
 * namespace belongs to a thread.
 */
// null is this process itself: libc is linked into it, whatever its file name (glibc, musl).
const libc = koffi.load(null);

/** setns(2). @returns 0, or -1 with {@link lastErrno} set. */
export const setns: (fd: number, namespaceType: number) => number = libc.func('int setns(int fd, int nstype)');

/** dup(2). */
export const dup: (fd: number) => number = libc.func('int dup(int fd)');

/** close(2). */
export const close: (fd: number) => number = libc.func('int close(int fd)');

/** getsockname(2). */
export const getsockname: (fd: number, address: Buffer, length: Buffer) => number = libc.func(
  'int getsockname(int fd, _Out_ void *address, _Inout_ void *length)',
);

/** socket(2). @returns a descriptor, or -1. */
export const socket: (family: number, type: number, protocol: number) => number = libc.func(
  'int socket(int family, int type, int protocol)',
);

/** sendto(2) without an address: a netlink socket's peer is the kernel by default. @returns bytes, or -1. */
export const sendNow: (fd: number, datagram: Buffer, length: number, flags: number) => number | bigint = libc.func(
  'long send(int fd, const void *data, size_t length, int flags)',
);

/** recvfrom(2). @returns bytes, those of the whole datagram with MSG_TRUNC in the flags, or -1. */
export const receiveFrom: (
  fd: number,
  into: Buffer,
  length: number,
  flags: number,
  address: Buffer,
  addressLength: Buffer,
) => number | bigint = libc.func(
  'long recvfrom(int fd, void *into, size_t length, int flags, void *address, void *address_length)',
);

/** setsockopt(2). */
export const setsockopt: (fd: number, level: number, option: number, value: Buffer, length: number) => number =
  libc.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)');

/** getsockopt(2). `length` holds the size of `value` as 32 bits, and on return the number of bytes written. */
export const getsockopt: (fd: number, level: number, option: number, value: Buffer, length: Buffer) => number =
  libc.func('int getsockopt(int fd, int level, int option, _Out_ void *value, _Inout_ void *length)');

/** `struct sock_filter` (linux/filter.h): one instruction of a classic BPF program. */
export interface FilterInstruction {
  readonly code: number;
  /** How many instructions to skip when a comparison holds, and when it does not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

koffi.struct('sock_filter', { code: 'uint16_t', jt: 'uint8_t', jf: 'uint8_t', k: 'uint32_t' });
koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'sock_filter *' });

/** setsockopt(2) with a `struct sock_fprog`, for SO_ATTACH_FILTER. */
export const setsockoptFilter: (
  fd: number,
  level: number,
  option: number,
  program: { readonly len: number; readonly filter: readonly FilterInstruction[] },
  length: number,
) => number = libc.func('int setsockopt(int fd, int level, int option, const sock_fprog *value, uint32_t length)');

/** Bytes of `struct sock_fprog` on a 64-bit machine. */
export const SOCK_FPROG_BYTES = 16;

/**
 * send(2), on a thread of libuv's pool, so that the event loop runs on while the kernel works.
 * @param done gets the error of the call itself, or the number of bytes sent; -1 for a kernel error.
 */
export function sendOffThread(
  fd: number,
  datagram: Buffer,
  done: (error: Error | null, sent: bigint | number) => void,
): void {
  send.async(fd, datagram, datagram.length, 0, done);
}

// koffi does not know ssize_t, which is a long.
const send = libc.func('long send(int fd, const void *data, size_t length, int flags)');

/** errno of the last call that failed. */
export function lastErrno(): number {
  return koffi.errno();
}
