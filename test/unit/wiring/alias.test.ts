import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAlias, parseAlias } from '../../../src/wiring/alias.ts';

const word = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,40}$/);

describe('the interface alias', () => {
  it('says again what was written', () => {
    fc.assert(
      fc.property(word, word, word, word, (containerId, ifname, namespace, podName) => {
        const facts = { containerId, ifname, namespace, podName };
        expect(parseAlias(formatAlias(facts))).toEqual(facts);
      }),
    );
  });

  it('stays within the 255 bytes of the kernel, and keeps the container id', () => {
    const containerId = 'c'.repeat(64);
    const alias = formatAlias({ containerId, ifname: 'eth0', namespace: 'n'.repeat(63), podName: 'é'.repeat(253) });
    expect(Buffer.byteLength(alias)).toBeLessThanOrEqual(255);
    expect(parseAlias(alias)).toMatchObject({ containerId, ifname: 'eth0' });
  });

  it.each(['', 'uplink to tor1', 'flock', 'flock c1 eth0', 'flock c1 eth0 nopod'])(
    'does not take %j for ours',
    (alias) => {
      expect(parseAlias(alias)).toBeUndefined();
    },
  );
});
