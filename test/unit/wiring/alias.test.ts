import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAlias, parseAlias } from '../../../src/wiring/alias.ts';

const word = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,40}$/);

describe('the interface alias', () => {
  it('says again what was written', () => {
    fc.assert(
      fc.property(word, word, fc.option(word, { nil: undefined }), word, word, (...words) => {
        const [containerId, ifname, network, namespace, podName] = words;
        const facts = { containerId, ifname, network, namespace, podName };
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

  it('has the network whole or not at all, and pod names as long as they were without it', () => {
    const facts = { containerId: 'c'.repeat(64), ifname: 'eth0', namespace: 'n'.repeat(63), podName: 'p' };
    const room = 255 - Buffer.byteLength(formatAlias({ ...facts, network: '' }));
    for (let length = room - 2; length <= room + 2; length += 1) {
      const network = 'x'.repeat(length);
      const alias = formatAlias({ ...facts, network });
      expect(Buffer.byteLength(alias)).toBeLessThanOrEqual(255);
      expect(parseAlias(alias)).toEqual({ ...facts, network: length < room ? network : undefined });
    }
    const long = { ...facts, podName: 'p'.repeat(253) };
    expect(formatAlias({ ...long, network: 'blue' })).toBe(formatAlias(long));
  });

  it('of a version that left the network out is read', () => {
    expect(parseAlias('flock c1 eth0 default/web')).toEqual({
      ...{ containerId: 'c1', ifname: 'eth0', network: undefined },
      ...{ namespace: 'default', podName: 'web' },
    });
  });

  it.each([
    '',
    'flock c1 eth0 default/web blue green',
    'flock c1 eth0 default/web a/b',
    'uplink to tor1',
    'flock',
    'flock c1 eth0',
    'flock c1 eth0 nopod',
  ])('does not take %j for ours', (alias) => {
    expect(parseAlias(alias)).toBeUndefined();
  });
});
