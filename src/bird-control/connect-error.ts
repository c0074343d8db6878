import { printable } from '../model/printable.ts';
import { socketPathFault } from '../model/socket-path.ts';
import { BirdError } from './types.ts';

/** What the operator can do, by the error number of connect(2). */
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
  const fault = socketPathFault(path);
  if (fault === undefined) return;
  throw new BirdError('unreachable', `the path of BIRD's socket, "${printable(path)}", ${fault}; correct the path`);
}
