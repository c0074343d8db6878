import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { errorText, FlockError } from '../errors.ts';
import { openSink } from '../log-output/sink.ts';
import { escapeText, quoteText } from '../model/printable.ts';
import { errnoName } from './codec/control.ts';
import { lastErrno, setns } from './libc.ts';
import { KernelError } from './ports.ts';

/** linux/sched.h: the kind of namespace that setns(2) must find at the descriptor. */
const CLONE_NEWNET = 0x40000000;

/** A network namespace that our descriptor keeps open. */
export class HeldNamespace {
  readonly path: string;
  readonly inode: bigint;
  #fd: number | undefined;

  /** Takes ownership of the descriptor. */
  constructor(path: string, fd: number) {
    this.path = path;
    this.inode = fstatSync(fd, { bigint: true }).ino;
    this.#fd = fd;
  }

  /** @throws KernelError when it has been closed: the number may have been reused by now. */
  get fd(): number {
    if (this.#fd === undefined) throw new KernelError(`the network namespace ${this.path} has been closed`);
    return this.#fd;
  }

  /** Closing twice does nothing. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

let own: HeldNamespace | undefined;

/**
 * The namespace of the thread that flockd runs on. Kept open for the life of the process, since it is the way back from
 * every other namespace.
 * @throws KernelError without /proc.
 */
export function ownNamespace(): HeldNamespace {
  const path = '/proc/thread-self/ns/net';
  try {
    own ??= new HeldNamespace(path, openSync(path, 'r'));
  } catch (cause) {
    throw new KernelError(`cannot open ${path}, the way back from a pod: ${errorText(cause)}`, { cause });
  }
  return own;
}

/**
 * Opens the network namespace at a path and verifies it by entering it.
 * @throws FlockError `sandboxUnknown` when there is none at the path, `wiringFailed` when flockd may not enter it.
 */
export function openNamespacePath(path: string): HeldNamespace {
  if (!isAbsolute(path) || path.includes('\0')) throw sandboxUnknown(path, 'it must be an absolute path');
  let fd: number;
  try {
    // Checked first, since opening a device or a FIFO can have side effects or hang; a namespace looks like a regular
    // file.
    if (!statSync(path).isFile()) throw sandboxUnknown(path, 'it is a folder, device, FIFO or socket');
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw cause instanceof FlockError ? cause : openFailed(path, cause);
  }
  const back = ownNamespace();
  const namespace = new HeldNamespace(path, fd);
  if (setns(fd, CLONE_NEWNET) === 0) {
    returnTo(back);
    return namespace;
  }
  const errno = errnoName(lastErrno());
  namespace.close();
  if (errno === 'EINVAL') throw sandboxUnknown(path, 'the file is not a network namespace');
  const remedy = errno === 'EPERM' ? '; flockd needs the capability CAP_SYS_ADMIN' : '';
  throw new FlockError('wiringFailed', `cannot enter the network namespace ${path}: ${errno}${remedy}`);
}

/**
 * Runs `work` inside a namespace, on this thread, without letting anything else run there. `work` must be synchronous;
 * a socket that it opens stays in that namespace.
 * @throws KernelError when the namespace cannot be entered, and whatever `work` throws.
 */
export function inside<T>(namespace: HeldNamespace, work: () => T): T {
  const back = ownNamespace();
  if (namespace.inode === back.inode) return work();
  if (setns(namespace.fd, CLONE_NEWNET) !== 0) {
    throw new KernelError(`cannot enter the network namespace ${namespace.path}: ${errnoName(lastErrno())}`);
  }
  try {
    return work();
  } finally {
    returnTo(back);
  }
}

/**
 * In the wrong namespace every further step would change a pod instead of the host: the only safe thing is to abort.
 */
function returnTo(back: HeldNamespace): void {
  if (setns(back.fd, CLONE_NEWNET) === 0) return;
  const text = `flockd: cannot return to the host's network namespace (${errnoName(lastErrno())}), aborting\n`;
  try {
    openSink(2).write(Buffer.from(text));
  } finally {
    // By signal: Node's abort() first writes a backtrace to standard error, which may have no reader.
    process.kill(process.pid, 'SIGABRT');
    process.abort();
  }
}

/**
 * Errors that mean that nothing is at the path; all others are about this host. ESRCH: the process of /proc/PID has
 * ended.
 */
const NOTHING_THERE: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ESRCH'];

function openFailed(path: string, cause: unknown): FlockError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (NOTHING_THERE.includes(code)) return sandboxUnknown(path, `there is no such file (${code})`);
  const remedy = code === 'EACCES' ? '; for /proc/PID/ns/net flockd needs the capability CAP_SYS_PTRACE' : '';
  const text = `cannot open the network namespace ${escapeText(path, PATH_QUOTED)}: ${escapeText(errorText(cause), 2 * PATH_QUOTED)}${remedy}`;
  return new FlockError('wiringFailed', text, { cause });
}

/** Characters of a path that a message shows. */
const PATH_QUOTED = 256;

/** The error for a path that names no pod's namespace. */
export function sandboxUnknown(path: string, reason: string): FlockError {
  return new FlockError('sandboxUnknown', `no pod's network namespace at ${quoteText(path, PATH_QUOTED)}: ${reason}`);
}
