import { BirdError } from './types.ts';

/** `sun_path` in linux/un.h has 108 bytes, including the terminating zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/** What the operator can do, by errno of connect(2). */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such socket; start BIRD, or correct the path'],
  ['ENOTDIR', 'there is no such socket; correct the path'],
  [
    'ECONNREFUSED',
    'nothing listens on it: a crashed BIRD left it behind, or it is not a socket; start BIRD, or correct the path',
  ],
  ['EACCES', "no permission; run as root or in the group of BIRD's socket"],
  ['EPERM', "no permission; run as root or in the group of BIRD's socket"],
  ['EAGAIN', 'too many connections are waiting to be accepted; is BIRD hanging?'],
  ['EPROTOTYPE', 'the socket is not a stream socket; correct the path'],
]);

/** Error for a failed connect(2). */
export function connectError(path: string, cause: NodeJS.ErrnoException): BirdError {
  const code = cause.code ?? '';
  const remedy = REMEDIES.get(code) ?? cause.message;
  return new BirdError('unreachable', `cannot connect to BIRD at ${path}: ${remedy}${code && ` (${code})`}`, { cause });
}

/** @throws BirdError `unreachable` for a path that a unix socket cannot have. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw new BirdError(
      'unreachable',
      `the path of BIRD's socket, ${path}, has ${bytes} bytes; Linux allows ${MAX_SOCKET_PATH_BYTES}; move the socket`,
    );
  }
  if (path === '' || path.includes('\0')) {
    throw new BirdError('unreachable', "the path of BIRD's socket is empty or holds a zero byte; correct the path");
  }
}
