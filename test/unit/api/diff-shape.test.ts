import { describe, expect, it } from 'vitest';
import { isDiffJson } from '../../../src/api/shape.ts';
import type { DiffJson } from '../../../src/api/types.ts';

const DIFF: DiffJson = {
  change: {
    state: 'waits',
    since: '2025-01-01T00:00:00.000Z',
    message: 'it would reset tor1',
    resets: [{ session: 'tor1', neighbor: '10.0.0.254', reasons: ['hold time 30 → 60'] }],
  },
  files: [{ path: '/etc/bird/bird.conf', diff: '' }],
  keptForeign: '/etc/bird/bird.conf.before-flock',
  preview: {
    resets: [{ session: 'tor1', neighbor: '10.0.0.254', established: true, reasons: ['hold time 30 → 60'] }],
    begins: [{ session: 'tor2', neighbor: '' }],
    ends: [{ session: 'tor3', neighbor: '10.0.2.254', established: null }],
    refeeds: [{ session: 'tor4', channel: 'ipv4', direction: 'export', reasons: ['export filter'] }],
    protocols: [{ protocol: 'mine', type: 'static', change: 'begins', reasons: [] }],
    announced: ['192.0.2.1/32'],
    withdrawn: [],
  },
};

/** Paths of all keys and elements below a value, such as `preview.resets.0.session`. */
function pathsIn(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [`${prefix}${key}`, ...pathsIn(child, `${prefix}${key}.`)]);
}

/** The same diff with another value at a path. */
function changed(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(DIFF);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at: unknown = copy;
  for (const key of keys) at = new Map(Object.entries(at ?? {})).get(key);
  Object.assign(at ?? {}, { [last]: value });
  return copy;
}

describe('the form of a difference', () => {
  it('is accepted as the contract has it, with more keys, and with nothing in it', () => {
    expect(isDiffJson(DIFF)).toBe(true);
    expect(isDiffJson({ ...DIFF, more: 1 })).toBe(true);
    expect(isDiffJson({ ...DIFF, change: null, keptForeign: null, files: [] })).toBe(true);
  });

  it.each(pathsIn(DIFF))('is refused when %s is missing or of another kind', (path) => {
    for (const value of [undefined, 1.5, 'xyz'].filter(
      (wrong) => typeof wrong !== typeof valueAt(path) || isWord(path),
    ))
      expect(isDiffJson(changed(path, value)), `${value}`).toBe(false);
  });
});

function valueAt(path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => new Map(Object.entries(at ?? {})).get(key), DIFF);
}

/** Whether the value is one of a few words. */
function isWord(path: string): boolean {
  return /(state|direction|\.\d\.change)$/.test(path);
}
