import { describe, expect, it } from 'vitest';
import { isAddressList, isPodList, isStatusJson } from '../../../src/api/shape.ts';
import type { AddressJson, PodJson, StatusJson } from '../../../src/api/types.ts';

const STATUS: StatusJson = {
  node: 'node1',
  version: '0.1.0',
  startedAt: '2025-01-01T00:00:00.000Z',
  bird: {
    connected: true,
    version: '2.0.12',
    socket: '/run/bird/bird.ctl',
    peers: [{ name: 'tor1', state: 'Established', since: null }],
    lastPublish: { at: '2025-01-01T00:00:00.000Z', ok: true, code: '', message: '' },
    change: null,
  },
  pods: { total: 1, ready: 1 },
  addresses: { advertised: 1, withheld: 0 },
  problems: [{ code: 'manifestInvalid', message: 'x' }],
};

const POD: PodJson = {
  namespace: 'default',
  name: 'web',
  containerId: 'c0ffee',
  interface: 'eth0',
  hostInterface: 'flock00000001',
  sandbox: '/run/netns/a',
  ip6: null,
  ip4: '10.1.1.2',
  mac: '02:00:00:00:00:01',
  ready: false,
  reason: 'notReady',
  message: 'the Ready condition is False',
  anycast: ['192.0.2.53'],
  addresses: [],
  communities: ['64600:100', '192.0.2.53=64600:1:100'],
  since: '2025-01-01T00:00:00.000Z',
};

const ADDRESS: AddressJson = {
  address: '192.0.2.53',
  kind: 'anycast',
  state: 'withheld',
  reason: 'notReady',
  message: 'the Ready condition is False',
  pods: [{ namespace: 'default', name: 'web' }],
  nextHops: [{ via: '10.1.1.2', interface: 'flock00000001' }],
  communities: ['64600:100'],
  largeCommunities: ['64600:1:100'],
  since: '2025-01-01T00:00:00.000Z',
};

describe('the form of an answer', () => {
  it('is accepted when it is that of the contract, with more keys or without BIRD', () => {
    expect(isStatusJson({ ...STATUS, more: 1 })).toBe(true);
    expect(isStatusJson({ ...STATUS, bird: { ...STATUS.bird, version: null, lastPublish: null, peers: [] } })).toBe(
      true,
    );
    expect(isPodList([POD, { ...POD, ip6: '2001:db8::1' }])).toBe(true);
    expect(isAddressList([ADDRESS])).toBe(true);
    expect(isPodList([])).toBe(true);
  });

  it('is refused when any key is missing or of another kind', () => {
    for (const [object, check] of [
      [STATUS, isStatusJson],
      [POD, (value: unknown) => isPodList([POD, value])],
      [ADDRESS, (value: unknown) => isAddressList([value])],
    ] as const) {
      for (const key of Object.keys(object)) {
        expect(check({ ...object, [key]: undefined }), key).toBe(false);
        expect(check({ ...object, [key]: 1.5 }), key).toBe(false);
      }
    }
  });

  it.each([null, undefined, 'x', 7, [null], {}])('is refused when it is %j', (value) => {
    expect(isStatusJson(value)).toBe(false);
    expect(isPodList(value)).toBe(false);
    expect(isAddressList(value)).toBe(false);
  });
});
