import { describe, expect, it } from 'vitest';
import type { Link, Neighbour, PodSight } from '../../../src/kernel/ports.ts';
import { POD_GATEWAYS } from '../../../src/model/gateways.ts';
import { podFaults, podQuestion } from '../../../src/wiring/pod-faults.ts';
import type { PodWiring } from '../../../src/wiring/types.ts';
import { address } from '../model/fixtures.ts';

const [ip4, ip6] = [address('10.1.1.2'), address('2001:db8:1::2')];
const [any4, any6] = [address('192.0.2.1'), address('2001:db8:ffff::1')];
const extra = address('192.0.2.2');
const HOST_INDEX = 7;

const WIRING: PodWiring = {
  hostInterface: 'flock00000001',
  podInterface: 'eth0',
  hostMac: '02:00:00:00:00:0a',
  podMac: '02:00:00:00:00:0b',
  podMacKnown: true,
  mtu: 1500,
  alias: '',
  ip6,
  ip4,
  anycast: [any4, any6],
  addresses: [extra],
  routeProtocol: 202,
};

const LINK: Link = {
  index: 2,
  name: 'eth0',
  kind: 'veth',
  mac: WIRING.podMac,
  mtu: 1500,
  up: true,
  carrier: true,
  alias: undefined,
  addrGenMode: 1,
  peerIndex: HOST_INDEX,
  carrierChanges: 2,
};

const entry = (gateway: (typeof POD_GATEWAYS)[4], changes: Partial<Neighbour> = {}): Neighbour => ({
  ...{ linkIndex: 2, address: gateway, mac: WIRING.hostMac, permanent: true },
  ...changes,
});

const WELL: PodSight = {
  link: LINK,
  local: new Set([ip4, ip6, any4, any6, extra]),
  ways: [
    { gateway: POD_GATEWAYS[6], neighbour: entry(POD_GATEWAYS[6]) },
    { gateway: POD_GATEWAYS[4], neighbour: entry(POD_GATEWAYS[4]) },
  ],
};

/** The sight with another way out of one family. */
function withWay(family: 4 | 6, change: Partial<PodSight['ways'][number]>): PodSight {
  return { ...WELL, ways: WELL.ways.map((way, at) => (at === (family === 6 ? 0 : 1) ? { ...way, ...change } : way)) };
}

const without = (...gone: (typeof ip4)[]): PodSight => ({
  ...WELL,
  local: new Set([...WELL.local].filter((own) => !gone.includes(own))),
});

describe("what of a pod's own end keeps packets from it", () => {
  const cases: [what: string, sight: PodSight | undefined, found: [concerns: unknown, text: RegExp][]][] = [
    ['nothing, when all is as ADD made it', WELL, []],
    ['another MAC: all', { ...WELL, link: { ...LINK, mac: '02:00:00:00:00:99' } }, [['all', /eth0 has the MAC .*:99/]]],
    ['ARP switched off: all', { ...WELL, link: { ...LINK, noArp: true } }, [['all', /eth0 has ARP .*switched off/]]],
    ['its IPv4 address is gone: IPv4', without(ip4), [[4, /lost its address 10\.1\.1\.2/]]],
    ['its IPv6 address is gone: IPv6', without(ip6), [[6, /lost its address 2001:db8:1::2/]]],
    ['an anycast address is gone: that address', without(any4), [[any4, /lo does not have 192\.0\.2\.1/]]],
    ['another address is gone: that address', without(extra), [[extra, /eth0 does not have 192\.0\.2\.2/]]],
    ['no IPv4 default route: IPv4', withWay(4, { gateway: undefined }), [[4, /no default route via 169\.254\.1\.1/]]],
    ['no IPv6 default route: IPv6', withWay(6, { gateway: undefined }), [[6, /no default route via fe80::1/]]],
    ['one that leads elsewhere: its family', withWay(4, { gateway: ip4 }), [[4, /no default route/]]],
    [
      'a neighbour set to another MAC: its family',
      withWay(6, { neighbour: entry(POD_GATEWAYS[6], { mac: '02:00:00:00:00:99' }) }),
      [[6, /fe80::1 is set to the MAC 02:00:00:00:00:99/]],
    ],
    [
      'nothing, when the kernel has learnt a neighbour, which it can learn anew',
      withWay(6, { neighbour: entry(POD_GATEWAYS[6], { mac: '02:00:00:00:00:99', permanent: false }) }),
      [],
    ],
    ['nothing, when it has no neighbour entry and can ask', withWay(6, { neighbour: undefined }), []],
    ['nothing, when the path leads nowhere', undefined, []],
    ['nothing, when it leads to another namespace', { ...without(ip4), link: { ...LINK, peerIndex: 9 } }, []],
    ['nothing, when a device of another kind has the index', { ...without(ip4), link: { ...LINK, kind: 'tun' } }, []],
  ];
  it.each(cases)('%s', (_what, sight, found) => {
    const faults = podFaults(WIRING, HOST_INDEX, sight, true);
    expect(faults.map(({ concerns }) => concerns)).toEqual(found.map(([concerns]) => concerns));
    for (const [at, [, text]] of found.entries()) expect(faults[at]?.text).toMatch(text);
  });

  it('a missing IPv4 neighbour entry, where the host would not answer who that is', () => {
    const gone = withWay(4, { neighbour: undefined });
    expect(podFaults(WIRING, HOST_INDEX, gone, true)).toEqual([]);
    expect(podFaults(WIRING, HOST_INDEX, gone, false)).toMatchObject([{ concerns: 4 }]);
    const unanswered = withWay(4, { neighbour: entry(POD_GATEWAYS[4], { mac: undefined, permanent: false }) });
    expect(podFaults(WIRING, HOST_INDEX, unanswered, false)).toMatchObject([{ concerns: 4 }]);
  });

  it('no MAC that was never known', () => {
    const sight = { ...WELL, link: { ...LINK, mac: '02:00:00:00:00:99' } };
    expect(podFaults({ ...WIRING, podMacKnown: false }, HOST_INDEX, sight, true)).toEqual([]);
  });

  it('nothing of a family that the pod does not have, of which nothing is asked either', () => {
    const wiring = { ...WIRING, ip6: undefined, anycast: [any4] };
    const question = podQuestion(wiring, 2);
    expect(question.addresses).toEqual([ip4, any4, extra]);
    expect(question.ways.map(({ gateway }) => gateway)).toEqual([POD_GATEWAYS[4]]);
    const sight = { ...WELL, local: new Set(question.addresses), ways: WELL.ways.slice(1) };
    expect(podFaults(wiring, HOST_INDEX, sight, true)).toEqual([]);
  });
});
