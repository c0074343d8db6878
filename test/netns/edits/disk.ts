import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FlockNode } from '../../lab/node.ts';
import { configText, type Desk } from './desk.ts';
import { CONFIG, type Content, type Way } from './edit.ts';

/** Pause between the pieces of a file that is saved slowly, in milliseconds. */
const PIECE_PAUSE_MS = 30;

/** Full path of a file that is edited. */
export function pathOf(node: FlockNode, file: string): string {
  return file === CONFIG ? node.path(CONFIG) : node.path('templates', file);
}

/** What a desk has under a name; nothing when it has no such file. */
export function contentOn(desk: Desk, file: string): Content {
  const text = file === CONFIG ? configText(desk) : desk.overlays.get(file);
  return text === undefined ? { instead: 'nothing' } : { text };
}

/** Puts a content under the name of a file, whatever is there. */
export async function save(path: string, content: Content, way: Way): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!('instead' in content)) {
    const bytes = 'text' in content ? Buffer.from(content.text) : content.bytes;
    // Nothing can be written into what is no file, and a folder cannot be renamed over.
    if (there !== undefined && !there.isFile()) rmSync(path, { recursive: true });
    return saveBytes(path, bytes, way);
  }
  rmSync(path, { recursive: true, force: true });
  if (content.instead === 'folder') mkdirSync(path);
  if (content.instead === 'linkToItself') symlinkSync(path, path);
  if (content.instead === 'pipe') execFileSync('mkfifo', [path]);
}

async function saveBytes(path: string, bytes: Buffer, way: Way): Promise<void> {
  if (way === 'inPlace') return writeFileSync(path, bytes);
  if (way === 'inPieces') {
    const half = Math.floor(bytes.length / 2);
    writeFileSync(path, bytes.subarray(0, half));
    await pause(PIECE_PAUSE_MS);
    return writeFileSync(path, bytes.subarray(half), { flag: 'a' });
  }
  // As editors do: beside it, under a name that is passed over, and then renamed.
  const beside = join(dirname(path), '.saving');
  writeFileSync(beside, bytes);
  renameSync(beside, path);
}
