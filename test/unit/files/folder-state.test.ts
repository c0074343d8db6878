import { describe, expect, it } from 'vitest';
import { type FolderReading, type FolderState, nextFolderState, UNREAD } from '../../../src/files/folder-state.ts';

/** A look at a folder; `points` are the mount points of the moment, `on` the one that the folder lies on. */
function listed(identity: string, on: string, points: readonly string[], empty = false): FolderReading {
  return { kind: 'listed', identity, empty, mountPoint: () => on, isMountPoint: (path) => points.includes(path) };
}

/** It is not there, and these are the mount points. */
const missingFrom = (...points: readonly string[]): FolderReading => ({
  kind: 'missing',
  isMountPoint: (path) => points.includes(path),
});
const missing = missingFrom('/', '/p');
const broken: FolderReading = { kind: 'unreadable', message: 'EIO' };
const mounted = listed('nfs', '/p', ['/', '/p']);
const below = listed('disk', '/', ['/'], true);
const belowFilled = listed('disk', '/', ['/']);
const emptied = listed('nfs', '/p', ['/', '/p'], true);

/** The states after looks one after another, while three pods stand. */
function states(looks: readonly FolderReading[], standing = 3): string[] {
  let state: FolderState = UNREAD;
  return looks.map((look) => {
    state = nextFolderState(state, look, standing);
    return state.detail === undefined ? state.kind : `${state.kind} ${state.detail}`;
  });
}

const SENTENCES: readonly (readonly [string, readonly FolderReading[], string])[] = [
  ['a folder is listed', [mounted, mounted], 'listed'],
  ['a folder that is not there is missing', [mounted, missing], 'missing'],
  ['and unmounted, where that is why', [mounted, missingFrom('/')], 'missing /p'],
  ['and listed when it comes back', [mounted, missing, mounted], 'listed'],
  ['a folder that cannot be listed is unreadable', [mounted, broken], 'unreadable EIO'],
  ['and listed when it can', [mounted, broken, mounted], 'listed'],
  ['an empty folder where something was mounted is unmounted', [mounted, below], 'unmounted /p'],
  ['it stays so', [mounted, below, below], 'unmounted /p'],
  ['also after it was missing or unreadable in between', [mounted, missing, broken, below], 'unmounted /p'],
  ['it is listed when the file system is mounted again', [mounted, below, mounted], 'listed'],
  ['it is listed when a manifest comes into it', [mounted, below, belowFilled], 'listed'],
  ['and is unmounted no more when that goes', [mounted, below, belowFilled, below], 'listed'],
  ['a folder with manifests below a mount is listed', [mounted, belowFilled], 'listed'],
  ['a folder that is emptied is listed', [mounted, emptied], 'listed'],
  [
    'another file system on the same mount point is listed',
    [mounted, listed('other', '/p', ['/', '/p'], true)],
    'listed',
  ],
  ['an empty folder in the place of another is listed', [belowFilled, listed('new', '/', ['/'], true)], 'listed'],
  ['a file system mounted on top is listed', [belowFilled, mounted], 'listed'],
  [
    'a link turned from a mount that is still there to an empty folder is listed',
    [mounted, listed('x', '/', ['/', '/p'], true)],
    'listed',
  ],
  [
    'a folder below the mount point is unmounted with it',
    [listed('in', '/mnt', ['/', '/mnt']), listed('disk', '/', ['/'], true)],
    'unmounted /mnt',
  ],
  ['an empty folder at the start is listed', [below], 'listed'],
];

describe('the folder of manifests', () => {
  it.each(SENTENCES)('%s', (_sentence, looks, wanted) => {
    expect(states(looks).at(-1)).toBe(wanted);
  });

  it('has nothing to keep when no pod stands', () => {
    expect(states([mounted, below, missingFrom('/')], 0)).toEqual(['listed', 'listed', 'missing']);
  });

  it('knows whether it was ever listed', () => {
    expect(nextFolderState(UNREAD, missing, 0).known).toBe(false);
    expect(nextFolderState(nextFolderState(UNREAD, mounted, 0), missing, 3).known).toBe(true);
  });

  it('asks for the mount points only where the folder is another', () => {
    const state = nextFolderState(UNREAD, mounted, 3);
    const fail = (): never => {
      throw new Error('asked');
    };
    const look: FolderReading = { kind: 'listed', identity: 'nfs', empty: true, mountPoint: fail, isMountPoint: fail };
    expect(nextFolderState(state, look, 3).kind).toBe('listed');
  });
});
