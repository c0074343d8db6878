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
    'folder /p (pods.directory) does not exist; create it; pods kept from the last reading: 2',
  ]);
  expect(messages('/p/q', state('missing', '/p'), 1, undefined)).toEqual([
    'folder /p/q (pods.directory) does not exist since the file system on /p was unmounted; mount it; pods kept from the last reading: 1',
  ]);
  expect(messages('/p', state('unmounted', '/mnt'), 2, undefined)).toEqual([
    'folder /p (pods.directory) is empty since the file system on /mnt was unmounted; mount it; or, if the folder is meant to be empty, restart flockd; pods kept from the last reading: 2',
  ]);
  expect(messages('/p', state('unreadable', 'EIO'), 0, 'no inotify watches are left')).toEqual([
    'folder /p (pods.directory) cannot be read: EIO',
    'folder /p cannot be watched: no inotify watches are left; until then it is read every second',
  ]);
});
