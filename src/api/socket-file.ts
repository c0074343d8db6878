import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, FlockError } from '../errors.ts';

/** Longest path of a unix socket: sun_path of linux/un.h has 108 bytes, one of them for the NUL. */
export const MOST_SOCKET_PATH_BYTES = 107;

/** Permission bits that bind(2) takes off a new socket file: only its owner may connect. */
const OWNER_ONLY = 0o177;

/** How often, and how far apart, to try when several daemons start at once on a stale file. */
const ATTEMPTS = 20;
const ATTEMPT_MS = 10;

/** Name of the file that gives the right to remove a stale socket; left behind only by a crash in that very moment. */
const TOKEN_PREFIX = '.flock-stale-';

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
      if (attempt > ATTEMPTS) throw unusable(path, `is stale; remove it, and ${TOKEN_PREFIX}* beside it`);
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

/**
 * Removes a socket file that nobody serves; several processes may do so at once. A file cannot be removed on condition
 * that it is still the one that was looked at, so there is a token named after that very file: only who could make it
 * may remove the file, and as long as the file is there nobody can bind another in its place.
 */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await identify(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, 'a file that is no socket lies there; remove it');
  if (await isServed(path)) throw served(path);
  const token = join(dirname(path), `${TOKEN_PREFIX}${found.ino}-${found.mtimeNs}`);
  if (!(await linked(path, token))) return;
  try {
    const taken = await identify(token);
    if (taken?.ino === found.ino && taken.dev === found.dev && taken.mtimeNs === found.mtimeNs) await unlink(path);
  } finally {
    await unlink(token);
  }
}

/** @returns false when the token is somebody else's, after a moment for them to finish, or the file has gone. */
async function linked(path: string, token: string): Promise<boolean> {
  try {
    await link(path, token);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') await sleep(ATTEMPT_MS);
    else if (errorCode(error) !== 'ENOENT') throw error;
    return false;
  }
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
