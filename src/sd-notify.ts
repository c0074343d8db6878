import koffi from 'koffi';
import { socketPathFault } from './model/socket-path.ts';

/** linux/socket.h */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/**
 * Tells systemd about this service (sd_notify(3)): `READY=1`, `STATUS=…`, `STOPPING=1`, joined by newlines. Node has
 * no datagram sockets of the unix family, hence libc. Without `NOTIFY_SOCKET` in the environment it does nothing.
 * @returns whether systemd was notified.
 * @throws Error when there is a NOTIFY_SOCKET but it cannot be written to.
 */
export function sdNotify(message: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  const path = environment.NOTIFY_SOCKET;
  if (path === undefined || path === '') return false;
  const bytes = Buffer.from(path, 'utf8');
  // A leading @ stands for the NUL byte of the abstract namespace.
  const isAbstract = path.startsWith('@');
  const fault = isAbstract || path.startsWith('/') ? socketPathFault(path) : 'must begin with / or @';
  if (fault !== undefined) throw new Error(`the path of systemd's socket (NOTIFY_SOCKET), ${path}, ${fault}`);
  if (isAbstract) bytes[0] = 0;
  const address = Buffer.alloc(2 + bytes.length + (isAbstract ? 0 : 1));
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);

  const libc = koffi.load('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const sendto = libc.func(
    // koffi does not know ssize_t, which is a long.
    'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t addressLength)',
  );
  const close = libc.func('int close(int fd)');
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`socket(AF_UNIX) failed: errno ${koffi.errno()}`);
  try {
    const data = Buffer.from(message, 'utf8');
    const sent: number = Number(sendto(fd, data, data.length, 0, address, address.length));
    if (sent !== data.length) throw new Error(`systemd was not notified, sendto ${path}: errno ${koffi.errno()}`);
  } finally {
    close(fd);
  }
  return true;
}
