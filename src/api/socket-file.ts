import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { errorText, FlockError } from '../errors.ts';

/** Longest path of a unix socket: sun_path of linux/un.h has 108 bytes, one of them for the NUL. */
export const MOST_SOCKET_PATH_BYTES = 107;

/** Permission bits that bind(2) takes off a new socket file: only its owner may connect. */
const OWNER_ONLY = 0o177;

/** How often a stale file is taken away before giving up; more than once only when several daemons start at once. */
const ATTEMPTS = 3;

/**
 * Listens on a unix socket that from its first moment only its owner may connect to (mode 0600). The file of a dead
 * daemon is replaced. The folder is made when only it is missing; Node removes the file when the server closes.
 * @throws FlockError `configurationInvalid` when a living process serves the path, something else lies there, or it
 * cannot be used.
 */
export async function listenOnSocketFile(server: Server, path: string): Promise<void> {
  if (!isAbsolute(path)) throw unusable(path, 'not an absolute path');
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_SOCKET_PATH_BYTES) {
    throw unusable(path, `${bytes} bytes long, and the kernel takes ${MOST_SOCKET_PATH_BYTES}`);
  }
  try {
    await makeFolder(dirname(path));
    for (let attempt = 1; !(await bind(server, path)); attempt += 1) {
      if (attempt > ATTEMPTS) throw unusable(path, 'other processes keep taking it');
      await removeStaleSocket(path);
    }
  } catch (error) {
    throw error instanceof FlockError ? error : unusable(path, errorText(error), error);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** @returns false when there is a file already. */
function bind(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      server.off('listening', listening).off('error', failed);
      act();
    };
    const listening = (): void => settle(() => resolve(true));
    const failed = (error: Error): void =>
      settle(() => (errorCode(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.on('listening', listening).on('error', failed);
    // Node calls bind(2) before `listen` returns, so the mask of the whole process is changed for this one call only.
    const before = process.umask(OWNER_ONLY);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await identify(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, 'a file that is no socket lies there; remove it');
  if (await isServed(path)) throw served(path);
  // Between the question and the removal another daemon may have put its own socket there: look at what was moved.
  const aside = join(dirname(path), `.flock-${randomBytes(4).toString('hex')}`);
  await rename(path, aside);
  const moved = await identify(aside);
  const same = moved?.ino === found.ino && moved.dev === found.dev && moved.mtimeNs === found.mtimeNs;
  if (!same) await link(aside, path);
  await unlink(aside);
  if (!same) throw served(path);
}

async function identify(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether a process listens. On a unix socket the kernel answers at once. EAGAIN: it listens and its queue is full. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', (error) => {
      const code = errorCode(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

function served(path: string): FlockError {
  return unusable(path, 'a running process serves it, most likely another flockd; stop that one or set another socket');
}

function unusable(path: string, why: string, cause?: unknown): FlockError {
  return new FlockError('configurationInvalid', `socket ${path}: ${why}`, cause === undefined ? {} : { cause });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
