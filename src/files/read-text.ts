import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { hasErrno } from './errno.ts';

/** What distinguishes two states of a file without reading it. */
export interface FileStamp {
  /** Equal for the same file, unmodified, as far as the file system's clock can tell. */
  readonly id: string;
  /** When the inode last changed (ctime, which unlike mtime cannot be set), in milliseconds since 1970. */
  readonly changedAt: number;
  /** Whether the file system stores only whole seconds, as far as this time shows. */
  readonly wholeSeconds: boolean;
  /** Owner and permission bits. */
  readonly uid: number;
  readonly mode: number;
}

/** The result of reading a file. */
export type TextReading =
  | { readonly kind: 'text'; readonly text: string; readonly stamp: FileStamp }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string };

/**
 * Reads a whole text file of an operator. Never blocks: a pipe or device instead of the file is refused. Reads
 * synchronously on the main thread, since these files are small and two overlapping reads of one file could otherwise
 * complete in the wrong order.
 * @param maxBytes size above which the file is refused.
 */
export function readText(path: string, maxBytes: number): TextReading {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a pipe blocks until there is a writer (open(2)).
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return failure(error);
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) return { kind: 'unreadable', message: 'it is not a regular file' };
    const bytes = readBytes(descriptor, maxBytes);
    if (bytes === undefined) return { kind: 'unreadable', message: `it is larger than ${maxBytes} bytes` };
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), stamp: toStamp(stats) };
  } catch (error) {
    // TextDecoder throws a TypeError for what is not UTF-8.
    return error instanceof TypeError ? { kind: 'unreadable', message: 'it is not UTF-8 text' } : failure(error);
  } finally {
    closeSync(descriptor);
  }
}

/** The stamp of a file, or undefined when there is none, or when it cannot be examined. Follows symbolic links. */
export function fileStampOf(path: string): FileStamp | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && toStamp(stats);
  } catch {
    // Reading the file will say what is wrong with it.
    return undefined;
  }
}

function toStamp(stats: BigIntStats): FileStamp {
  const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = stats;
  return {
    id: [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join(':'),
    changedAt: Number(ctimeNs / 1_000_000n),
    wholeSeconds: ctimeNs % 1_000_000_000n === 0n,
    uid: Number(uid),
    mode: Number(mode & 0o7777n),
  };
}

/** The contents of the file; undefined when they exceed `maxBytes`. */
function readBytes(descriptor: number, maxBytes: number): Uint8Array | undefined {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, maxBytes + 1 - total));
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    if (count === 0) return Buffer.concat(chunks);
    total += count;
    if (total > maxBytes) return undefined;
    chunks.push(chunk.subarray(0, count));
  }
}

function failure(error: unknown): TextReading {
  // ENOTDIR: a folder on the way has been replaced by a file; there is no file of that name either.
  if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
  return { kind: 'unreadable', message: errorText(error) };
}
