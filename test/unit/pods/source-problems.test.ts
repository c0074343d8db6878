import { expect, it } from 'vitest';
import { sourceProblems } from '../../../src/pods/source-problems.ts';

const messages = (...args: Parameters<typeof sourceProblems>): string[] =>
  sourceProblems(...args).map(({ message }) => message);

it('nothing is wrong with a folder that is listed and watched', () => {
  expect(sourceProblems('/p', { kind: 'listed' }, 3, undefined)).toEqual([]);
});

it('names the folder, what is wrong with it, what stands and what to do', () => {
  expect(messages('/p', { kind: 'missing' }, 0, undefined)).toEqual([
    'folder /p (pods.directory) does not exist; create it',
  ]);
  expect(messages('/p', { kind: 'missing' }, 2, undefined)).toEqual([
    'folder /p (pods.directory) does not exist; create it; pods read from it before stand: 2',
  ]);
  expect(messages('/p', { kind: 'unreadable', message: 'EIO' }, 0, new Error('ENOSPC'))).toEqual([
    'folder /p (pods.directory) cannot be read: EIO',
    'folder /p cannot be watched: ENOSPC; changes are seen within 10 seconds',
  ]);
});
