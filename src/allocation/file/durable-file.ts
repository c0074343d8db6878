import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorText, FlockError } from '../../errors.ts';

/** The calls whose failure leaves something to clean up; replaceable so that a test can make each of them fail once. */
export interface FileCalls {
  readonly fsync: (fd: number) => Promise<void>;
  readonly rename: (from: string, to: string) => void;
}

const nodeCalls: FileCalls = { fsync: promisify(fs.fsync), rename: fs.renameSync };

/** `stateUnwritable`; `replaced` tells whether the new text is in place, although it may not survive a power cut. */
export class FileWriteError extends FlockError {
  readonly replaced: boolean;

  constructor(path: string, replaced: boolean, cause: unknown) {
    super('stateUnwritable', `cannot write ${path}: ${errorText(cause)}; ${remedyFor(cause, path)}`, { cause });
    this.replaced = replaced;
  }
}

let counter = 0;

/** The prefix of every temporary file next to `path`. */
function temporaryPrefix(path: string): string {
  return `${basename(path)}.tmp-`;
}

/**
 * Replaces a file atomically and durably: every reader, even after a power cut, finds the old text or the new one. The
 * file has mode 0600.
 *
 * Only the two fsyncs leave the event loop, since only they wait for the disk: a write of 110 kB took 0.52 ms this
 * way, 0.49 ms with every call synchronous (during which no withdrawal could pass), and 0.78 ms with every call
 * through the thread pool.
 * @throws FileWriteError when the file was not replaced durably.
 */
export async function replaceFile(path: string, text: string, calls: FileCalls = nodeCalls): Promise<void> {
  counter += 1;
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${process.pid}-${counter}`);
  let replaced = false;
  try {
    // Exclusive: the folder's owner is trusted, but a link left there is still not followed.
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(fd, text);
      await calls.fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
    calls.rename(temporary, path);
    replaced = true;
    await syncFolder(dirname(path), calls);
  } catch (error) {
    throw new FileWriteError(path, replaced, replaced ? error : withRemoval(temporary, error));
  }
}

/**
 * Removes a temporary file after an error; if that fails too, both errors are reported, and the next start removes it.
 */
function withRemoval(temporary: string, error: unknown): unknown {
  try {
    fs.rmSync(temporary, { force: true });
    return error;
  } catch (second) {
    return new AggregateError([error, second], `${errorText(error)}; ${temporary} remains: ${errorText(second)}`);
  }
}

/** Makes the names in a folder durable: a rename survives a power cut only after this call. */
export async function syncFolder(folder: string, calls: Pick<FileCalls, 'fsync'> = nodeCalls): Promise<void> {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await calls.fsync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Removes temporary files that a crash between creation and rename left next to `path`, unless the process in the name
 * is another flockd that is still running, and may be writing. One that cannot be removed, for instance on a read-only
 * file system, stays until the next start: nothing ever reads it.
 * @throws a file system error when the folder cannot be read.
 */
export function removeTemporaryFiles(path: string): void {
  const prefix = temporaryPrefix(path);
  for (const entry of fs.readdirSync(dirname(path), { withFileTypes: true })) {
    const pid = entry.name.startsWith(prefix) ? /^(\d+)-\d+$/.exec(entry.name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || !entry.isFile() || (Number(pid) !== process.pid && isFlockd(Number(pid)))) continue;
    try {
      fs.rmSync(join(dirname(path), entry.name), { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
    }
  }
}

/**
 * Whether a process with this id is running and is a flockd; ids are reused, and after a boot any program may have this
 * one.
 */
function isFlockd(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('flockd');
  } catch {
    return false; // There is no such process.
  }
}

/** What to do about a file system error, as a clause. */
export function remedyFor(error: unknown, path: string): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && 'code' in first ? first.code : undefined;
  const folder = dirname(path);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `free space on the file system of ${folder}`;
    case 'EROFS':
      return `mount the file system of ${folder} read-write, or set \`state\` to a path on another one`;
    case 'EACCES':
    case 'EPERM':
      return `let the daemon's user write in ${folder}, and make sure that nothing there is immutable`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `create the folder ${folder}, or set \`state\` to a path in one that exists`;
    case 'EISDIR':
      return `${path} is a folder: remove it, or set \`state\` to another path`;
    default:
      return `check the file system of ${folder}`;
  }
}
