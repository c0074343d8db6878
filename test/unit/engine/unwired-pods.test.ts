import { describe, expect, it } from 'vitest';
import type { Withheld } from '../../../src/advertise/standing.ts';
import type { Allocation } from '../../../src/allocation/types.ts';
import { unwiredPods } from '../../../src/engine/unwired-pods.ts';
import type { Link } from '../../../src/kernel/ports.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const web = {
  pod: { namespace: 'dns', name: 'web' },
  ...{ containerId: 'c1', ifname: 'eth0', hostInterface: 'flock00000001', state: 'committed' },
} as unknown as Allocation;
const link = { name: 'flock00000001', up: true, carrier: true } as unknown as Link;

function told(
  of: { link?: Link | undefined; reason?: Withheld['reason']; state?: Allocation['state']; since?: string | undefined },
  after = 2_000,
): string[] {
  const { reason = 'notWired', state = 'committed' } = of;
  const allocation = { ...web, state };
  const problems = unwiredPods(
    {
      allocations: [allocation],
      links: new Map(of.link === undefined ? [] : [[of.link.name, of.link]]),
      withheld: () => ({ reason, message: '' }),
      since: () => ('since' in of ? of.since : SINCE),
    },
    Date.parse(SINCE) + after,
  );
  expect(problems.every(({ code }) => code === 'notWired')).toBe(true);
  return problems.map(({ message }) => message);
}

const SUBJECT = `pod dns/web, interface eth0 of container c1: no packets reach it since ${SINCE}: its host interface flock00000001`;

describe('a pod that no packets reach is told of', () => {
  it.each<[string, Link | undefined, string]>([
    ['down', { ...link, up: false }, 'is down; run "ip link set flock00000001 up"'],
    ['gone', undefined, 'is gone; let the runtime recreate the pod, or send its DEL if the container is gone'],
    [
      'without carrier',
      { ...link, carrier: false },
      'has no carrier, so eth0 in the pod is down; restart the pod, or set eth0 up there and repeat ADD',
    ],
  ])('when its interface is %s', (_how, found, text) => {
    expect(told({ link: found })).toEqual([`${SUBJECT} ${text}`]);
  });
});

describe('it is no problem', () => {
  it('for a moment', () => {
    expect(told({}, 1_999)).toEqual([]);
  });
  it('when it is not known since when', () => {
    expect(told({ since: undefined })).toEqual([]);
  });
  it('while ADD has not ended', () => {
    expect(told({ state: 'pending' })).toEqual([]);
  });
  it('when the pod is being removed', () => {
    expect(told({ reason: 'terminating' })).toEqual([]);
  });
});
