import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SOCKET_PATH_BYTES, socketPathFault } from '../../../src/model/socket-path.ts';

describe('the path of a unix socket', () => {
  it.each([
    ['/run/bird/bird.ctl', undefined],
    ['relative.sock', undefined],
    [`/${'x'.repeat(106)}`, undefined],
    [`/${'x'.repeat(107)}`, 'must be 107 bytes long at most, not 108 bytes'],
    [`/${'ä'.repeat(54)}`, 'must be 107 bytes long at most, not 109 bytes'],
    ['', 'must not be empty'],
    ['/run/a\0b', 'must not hold a zero byte'],
    ['\0abstract', 'must not hold a zero byte'],
  ])('%j: %s', (path, fault) => {
    expect(socketPathFault(path)).toBe(fault);
  });

  it('is measured in bytes, not in characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }), (path) => {
        const fits = Buffer.byteLength(path) <= SOCKET_PATH_BYTES && !path.includes('\0');
        expect(socketPathFault(path) === undefined).toBe(fits);
      }),
    );
  });
});
