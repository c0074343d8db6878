import { readlinkSync, type Stats, statSync } from 'node:fs';
import { errorText } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';

/** A file as it shows without being read. */
export type FileStatus =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'file'; readonly stats: Stats };

/**
 * How many milliseconds a file must have had the same stamp when it was read: two writes within one tick of the
 * kernel's clock (10 ms at the lowest CONFIG_HZ, 100) have the same times. Some file systems store whole seconds, FAT
 * units of two. It counts from when the stamp was first seen, since the file system's clock may be another host's.
 */
const TRUST_MS = { fine: 50, wholeSeconds: 2_500 } as const;

/** Looks at an entry; links are followed. What is no regular file is not to be opened: a pipe or device may mind. */
export function statusOf(path: string): FileStatus {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return missingOrDangling(path);
    return stats.isFile() ? { kind: 'file', stats } : { kind: 'unreadable', message: 'it is not a regular file' };
  } catch (error) {
    const code = errnoOf(error);
    const message = code === 'ELOOP' ? 'it is a link that leads to itself; correct or remove it' : errorText(error);
    return code === 'ENOTDIR' ? missingOrDangling(path) : { kind: 'unreadable', message };
  }
}

/** Whether a file is as it was, as far as that shows without reading it. */
export function isSameStatus(a: FileStatus, b: FileStatus): boolean {
  if (a.kind === 'unreadable' && b.kind === 'unreadable') return a.message === b.message;
  if (a.kind !== 'file' || b.kind !== 'file') return a.kind === b.kind;
  const { stats: x } = a;
  const { stats: y } = b;
  // ctime reveals a change that keeps size and mtime; it cannot be set.
  if (x.ctimeMs !== y.ctimeMs || x.mtimeMs !== y.mtimeMs || x.size !== y.size) return false;
  return x.ino === y.ino && x.dev === y.dev && x.mode === y.mode && x.uid === y.uid;
}

/** How long after the first sight of it a look must be confirmed by a reading, in milliseconds. */
export function trustMs(status: FileStatus): number {
  if (status.kind !== 'file') return 0;
  return status.stats.ctimeMs % 1_000 === 0 ? TRUST_MS.wholeSeconds : TRUST_MS.fine;
}

function missingOrDangling(path: string): FileStatus {
  try {
    const target = readlinkSync(path);
    return { kind: 'unreadable', message: `it is a link to ${target}, which does not exist; correct or remove it` };
  } catch {
    return { kind: 'missing' };
  }
}
