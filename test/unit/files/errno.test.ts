import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errnoOf, hasErrno } from '../../../src/files/errno.ts';

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('the error number', () => {
  it('is that of a failed system call', () => {
    const error = thrown(() => readFileSync('/nowhere/at/all'));
    expect(errnoOf(error)).toBe('ENOENT');
    expect(hasErrno(error, 'ENOTDIR', 'ENOENT')).toBe(true);
    expect(hasErrno(error, 'EACCES')).toBe(false);
    expect(hasErrno(error)).toBe(false);
  });

  it.each([
    ['one that was only given a code', Object.assign(new Error('no'), { code: 'ENOSPC' }), 'ENOSPC'],
    [
      'one without a name of its own',
      Object.assign(new Error('no'), { code: 'Unknown system error -523', syscall: 'open' }),
      'Unknown system error -523',
    ],
    ['an error of Node', thrown(() => Buffer.alloc(-1)), undefined],
    ['an error of ours', Object.assign(new Error('no'), { code: 'wiringFailed' }), undefined],
    ['a plain error', new Error('ENOENT'), undefined],
    ['no error', { code: 'ENOENT' }, undefined],
    ['nothing', undefined, undefined],
  ])('of %s is what the kernel said, or none', (_what, error, expected) => {
    expect(errnoOf(error)).toBe(expected);
  });
});
