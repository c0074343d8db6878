import { expect, it } from 'vitest';
import { type FolderState, UNREAD } from '../../../../src/files/folder-state.ts';
import { sourceProblems } from '../../../../src/pods/directory/source-problems.ts';

const messages = (...args: Parameters<typeof sourceProblems>): string[] =>
  sourceProblems(...args).map(({ message }) => message);

const state = (kind: FolderState['kind'], detail?: string): FolderState => ({ ...UNREAD, kind, detail });

it('nothing is wrong with a folder that is listed and watched', () => {
  expect(sourceProblems('/p', state('listed'), 3, undefined)).toEqual([]);
});

it('names the folder, what is wrong with it, what stands and what to do', () => {
  expect(messages('/p', state('missing'), 0, undefined)).toEqual([
    'folder /p (pods.directory) does not exist; create it',
  ]);
  expect(messages('/p', state('missing'), 2, undefined)).toEqual([
    'folder /p (pods.directory) does not exist; create it; pods read from it before stand: 2',
  ]);
  expect(messages('/p/q', state('missing', '/p'), 1, undefined)).toEqual([
    'folder /p/q (pods.directory) does not exist since the file system on /p was unmounted; mount it; pods read from it before stand: 1',
  ]);
  expect(messages('/p', state('unmounted', '/mnt'), 2, undefined)).toEqual([
    'folder /p (pods.directory) is empty since the file system on /mnt was unmounted; mount it; or, if the folder is meant to be empty, restart flockd; pods read from it before stand: 2',
  ]);
  expect(messages('/p', state('unreadable', 'EIO'), 0, 'no inotify watch is left')).toEqual([
    'folder /p (pods.directory) cannot be read: EIO',
    'folder /p cannot be watched: no inotify watch is left; until then it is read every second',
  ]);
});
