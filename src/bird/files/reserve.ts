import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { constants as constantsOfOs } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { exchangeFiles } from '../../files/exchange.ts';
import { createFile, giveTo, type Ownership } from './file-operations.ts';
import { type PublishPaths, reserveOf } from './paths.ts';

/** What the reserve is filled with: room, and nothing that BIRD or a person is to read. */
const FILLING = '#\n';

/** The reserve is this much larger than it must be, so that it is seldom recreated while addresses are added. */
const HEADROOM = 1.5;

/** Steps of its size, in bytes: the usual block of a file system. */
const BLOCK_BYTES = 4_096;

/**
 * Ensures that the reserve has room for this text: a file beside the announcements that has its blocks and its inode
 * already. On a full disk the next text is written into it, and it exchanges its name with the file in place.
 * @throws an error of the file system.
 */
export function fillReserve(text: string, paths: PublishPaths, ownership: Ownership): void {
  const path = reserveOf(paths.announcements);
  const needed = Buffer.byteLength(text);
  if (room(lstatSync(path, { throwIfNoEntry: false })) >= needed) return;
  const size = Math.ceil((needed * HEADROOM) / BLOCK_BYTES) * BLOCK_BYTES;
  createFile(path, FILLING.repeat(size / FILLING.length), ownership, 'later');
}

/**
 * Puts a text where the announcements are without asking the disk for anything that is not there already. The file
 * in place is never written to: a crash at any moment leaves the old text whole, or the new one. What was in place becomes
 * the reserve. A text that is longer than the one in place is taken only when that has room for it too: a withdrawal that
 * follows must be possible too.
 * @throws an error of the file system, also where there is no reserve, or none that is large enough.
 */
export function replaceFromReserve(text: string, paths: PublishPaths, ownership: Ownership): void {
  const path = reserveOf(paths.announcements);
  const needed = Buffer.byteLength(text);
  const live = lstatSync(paths.announcements, { throwIfNoEntry: false });
  // Next to nothing where it was emptied or removed: then the reserve replaces it permanently.
  const inPlace = room(live) || needed;
  // Not through a link that another user who may write to the folder has put there.
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (Math.min(room(fstatSync(fd)), inPlace) < needed) throw tooSmall(path);
    writeFileSync(fd, text);
    ftruncateSync(fd, needed);
    giveTo(fd, ownership);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (live === undefined || !exchangeFiles(path, paths.announcements)) renameSync(path, paths.announcements);
}

/** How many bytes a file holds without a block more. Where blocks are compressed the size is more reliable. */
function room(stat: Stats | undefined): number {
  return stat?.isFile() === true ? Math.max(stat.size, stat.blocks * 512) : 0;
}

function tooSmall(path: string): Error {
  const errno = -constantsOfOs.errno.ENOSPC;
  const code = getSystemErrorName(errno);
  const message = `${code}: ${path} has no room for the announcements`;
  return Object.assign(new Error(message), { errno, code, syscall: 'write', path });
}
