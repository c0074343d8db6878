import { describe, expect, it } from 'vitest';
import { fnv1a64, interfaceIds } from '../../../src/allocation/interface-id.ts';

/** All ids as text of `hostBits` bits. */
function hex(texts: readonly string[], hostBits: number): string[] | undefined {
  return interfaceIds(texts, hostBits)?.map((id) => id.toString(16).padStart(Math.ceil(hostBits / 4), '0'));
}

it('agrees with the test vectors of FNV-1a, 64 bits', () => {
  expect(fnv1a64('')).toBe(0xcbf29ce484222325n);
  expect(fnv1a64('a')).toBe(0xaf63dc4c8601ec8cn);
  expect(fnv1a64('foobar')).toBe(0x85944171f73967e8n);
});

describe('interface ids', () => {
  it('are sixteen, in order, alike but for the trailing nibble', () => {
    const ids = hex(['default', 'web', 'nginx'], 64);
    expect(ids?.map((id) => id.at(-1)).join('')).toBe('0123456789abcdef');
    expect(new Set(ids?.map((id) => id.slice(0, -1))).size).toBe(1);
  });

  it('cut the host part in equal runs: 5+5+5+1 nibbles for three fields of a /64', () => {
    const id = (texts: string[]) => hex(texts, 64)?.[0] ?? '';
    const base = id(['default', 'web', 'nginx']);
    const differs = (other: string) => [...base].flatMap((nibble, at) => (nibble === other[at] ? [] : [at]));
    expect(differs(id(['other', 'web', 'nginx'])).every((at) => at < 5)).toBe(true);
    expect(differs(id(['default', 'dns', 'nginx'])).every((at) => at >= 5 && at < 10)).toBe(true);
    expect(differs(id(['default', 'web', 'envoy'])).every((at) => at >= 10 && at < 15)).toBe(true);
    expect(differs(id(['default', 'web', 'envoy'])).length).toBeGreaterThan(0);
  });

  it('leave what does not divide evenly zero, at the front', () => {
    expect(hex(['a', 'b'], 64)?.[0]?.[0]).toBe('0');
    expect(interfaceIds(['a'], 63)?.every((id) => id < 1n << 60n)).toBe(true);
    expect(interfaceIds(['a', 'b', 'c'], 61)?.every((id) => id < 1n << 52n)).toBe(true);
  });

  it('begin with the leading nibbles of an image digest, however it is written', () => {
    const digest = '0123456789abcdef'.repeat(4);
    for (const image of [digest, `sha256:${digest}`, `registry.example/app@sha256:${digest}`, digest.toUpperCase()]) {
      expect(hex([image], 64)?.[0]).toBe('0123456789abcde0');
    }
    expect(hex([digest], 80)?.[10]).toBe('0123456789abcdef012a');
  });

  it('hash an image that only looks like a digest', () => {
    const almost = '0123456789abcdef'.repeat(4).slice(1);
    expect(hex([almost], 64)?.[0]).not.toMatch(/^0?123456789/);
  });

  it('tell texts apart that differ in one character, also in a run of one nibble', () => {
    const runs = (bits: number, count: number) =>
      new Set(Array.from({ length: count }, (_, i) => hex([`web-${i}`], bits)?.[0])).size;
    expect(runs(64, 1000)).toBe(1000);
    expect(runs(8, 1000)).toBe(16);
  });

  it('do not exist where there is no nibble for each text and the trailing one', () => {
    expect(interfaceIds(['a'], 8)).toHaveLength(16);
    expect(interfaceIds(['a'], 7)).toBeUndefined();
    expect(interfaceIds(['a', 'b', 'c'], 15)).toBeUndefined();
    expect(interfaceIds(['a', 'b', 'c'], 16)).toHaveLength(16);
    expect(interfaceIds([], 64)).toBeUndefined();
    expect(interfaceIds(['a'], 0)).toBeUndefined();
  });
});
