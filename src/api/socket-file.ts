import { type BigIntStats, constants } from 'node:fs';
import { chmod, chown, link, lstat, mkdir, open, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, FlockError } from '../errors.ts';
import { hasErrno } from '../files/errno.ts';
import { socketPathFault } from '../model/socket-path.ts';

/** The owner's permissions: read and write, which for a socket means to connect. */
const OWNER_MAY = 0o600;
const PERMISSION_BITS = 0o777;

/** Permission bits that bind(2) removes from a new socket file: only its owner may connect. */
const OWNER_ONLY = 0o177;

/** How often, and at what interval, to try when several daemons start at once on a stale file. */
const ATTEMPTS = 20;
const ATTEMPT_MS = 10;

/**
 * Prefix of the names under which servers listen until the path is a link to them; left behind only by a crash at that
 * moment.
 */
const HIDDEN_PREFIX = '.flock-listen-';
let hiddenNames = 0;

/**
 * Prefix of the name of the file that gives the right to remove a stale socket; left behind only by a crash at that
 * moment.
 */
const TOKEN_PREFIX = '.flock-stale-';

/** One of our socket files, with what distinguishes it from any other that takes its place. */
export interface SocketFile {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Listens on a unix socket to which, from the first moment, only its owner may connect (mode 0600). The file of a dead
 * daemon is replaced. The folder is created if only it is missing. The server listens under a hidden name, and the path
 * is a link to it, which is created only if the path is free: a file that has appeared there meanwhile is never
 * replaced, and Node, which on close removes the name that it was given, never removes another's file.
 * @throws FlockError `configurationInvalid` when a running process serves the path, something else is there, or it
 * cannot be used; then the server does not listen.
 */
export async function listenOnSocketFile(server: Server, path: string): Promise<SocketFile> {
  if (!isAbsolute(path)) throw unusable(path, 'must be an absolute path');
  const fault = socketPathFault(path);
  if (fault !== undefined) throw unusable(path, fault);
  hiddenNames += 1;
  const hidden = `${HIDDEN_PREFIX}${process.pid}-${hiddenNames}`;
  try {
    await makeFolder(dirname(path));
    await bind(server, dirname(path), hidden);
    return await nameIt(join(dirname(path), hidden), path);
  } catch (error) {
    server.close();
    throw error instanceof FlockError ? error : unusable(path, errorText(error), error);
  }
}

/** Makes the path a link to the hidden name, which is then removed. */
async function nameIt(hidden: string, path: string): Promise<SocketFile> {
  try {
    for (let attempt = 1; !(await linked(hidden, path)); attempt += 1) {
      if (attempt > ATTEMPTS) throw unusable(path, `is stale; remove it, and ${TOKEN_PREFIX}* in the same folder`);
      await removeStaleSocket(path);
    }
    const { dev, ino } = await lstat(hidden, { bigint: true });
    return { dev, ino };
  } finally {
    await unlink(hidden);
  }
}

/** What has become of a socket file: it is as it was made, others may connect, it is gone, or another file is there. */
export async function inspectSocketFile(
  path: string,
  own: SocketFile,
): Promise<'own' | 'opened' | 'gone' | 'replaced'> {
  const found = await identify(path);
  if (found === undefined) return 'gone';
  if (found.ino !== own.ino || found.dev !== own.dev) return 'replaced';
  const isClosed = (Number(found.mode) & PERMISSION_BITS) === OWNER_MAY && Number(found.uid) === process.geteuid?.();
  return isClosed ? 'own' : 'opened';
}

/** Restores the permission to connect to flockd's own user only. */
export async function closeToOthers(path: string): Promise<void> {
  await chmod(path, OWNER_MAY);
  await chown(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
}

/** Removes our socket file, but not another that has taken its place. */
export async function removeSocketFile(path: string, own: SocketFile): Promise<void> {
  const found = await identify(path);
  if (found?.ino === own.ino && found.dev === own.dev) await unlink(path);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
  }
}

/**
 * Listens on a name in a folder. With the folder's descriptor the path is short enough for any folder in which the
 * socket itself has a valid path.
 */
async function bind(server: Server, folder: string, name: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  const path = `/proc/self/fd/${handle.fd}/${name}`;
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (act: () => void): void => {
        server.off('listening', listening).off('error', failed);
        act();
      };
      const listening = (): void => settle(resolve);
      const failed = (error: Error): void =>
        settle(() => reject(new Error(error.message.replace(path, folder), { cause: error })));
      server.on('listening', listening).on('error', failed);
      // Node calls bind(2) before `listen` returns, so the mask of the whole process is changed only for this one call.
      const before = process.umask(OWNER_ONLY);
      try {
        server.listen(path);
      } finally {
        process.umask(before);
      }
    });
  } finally {
    await handle.close();
  }
}

/**
 * Removes a socket file that no process serves; several processes may try at once. A file cannot be removed on the
 * condition that it is still the one that was examined, so there is a token named after that file: only the process
 * that could create it may remove the file, and while the file exists no process can bind another in its place.
 */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await identify(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, 'a file that is not a socket is there; remove it');
  if (await isServed(path)) throw served(path);
  const token = join(dirname(path), `${TOKEN_PREFIX}${found.ino}-${found.mtimeNs}`);
  if (!(await gotToken(path, token))) return;
  try {
    const taken = await identify(token);
    if (taken?.ino === found.ino && taken.dev === found.dev && taken.mtimeNs === found.mtimeNs) await unlink(path);
  } finally {
    await unlink(token);
  }
}

/** @returns false when the name already exists. */
async function linked(existing: string, name: string): Promise<boolean> {
  try {
    await link(existing, name);
    return true;
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    return false;
  }
}

/** @returns false when another process has the token, after a moment for it to finish, or the file is gone. */
async function gotToken(path: string, token: string): Promise<boolean> {
  try {
    if (await linked(path, token)) return true;
    await sleep(ATTEMPT_MS);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  return false;
}

async function identify(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Whether a process listens. On a unix socket the kernel answers at once. EAGAIN: a process listens, and its queue is
 * full.
 */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(path);
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', (error) => {
      if (hasErrno(error, 'ECONNREFUSED', 'ENOENT')) resolve(false);
      else if (hasErrno(error, 'EAGAIN')) resolve(true);
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
