import fc from 'fast-check';
import { expect, it } from 'vitest';
import { randomMac } from '../../../src/allocation/mac-address.ts';

it('hardware addresses are well-formed, local and unicast, whatever the dice say', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 46n) - 1n }), (value) => {
      const mac = randomMac(() => value);
      expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      expect(Number.parseInt(mac.slice(0, 2), 16) & 0b11).toBe(0b10);
    }),
  );
});
