import { describe, expect, it } from 'vitest';
import { compareWithPrevResult } from '../../../src/cni/check.ts';
import { errorResult, errorStatus } from '../../../src/cni/errors.ts';
import type { PreviousResult } from '../../../src/cni/protocol.ts';
import { addResult, versionResult, type WiredAttachment } from '../../../src/cni/result.ts';
import { FlockError } from '../../../src/errors.ts';
import { address } from '../model/fixtures.ts';

const WIRED: WiredAttachment = {
  ifname: 'eth0',
  netns: '/run/netns/a',
  hostInterface: 'flock1a2b3c4d',
  hostMac: '02:00:00:00:00:01',
  podMac: '02:00:00:00:00:02',
  mtu: 1450,
  ip6: address('2001:db8:1:1::5'),
  ip4: address('10.1.1.2'),
};

describe('the result of ADD', () => {
  it('is told in 1.1.0', () => {
    expect(addResult('1.1.0', WIRED)).toEqual({
      cniVersion: '1.1.0',
      interfaces: [
        { name: 'flock1a2b3c4d', mac: '02:00:00:00:00:01', mtu: 1450 },
        { name: 'eth0', mac: '02:00:00:00:00:02', mtu: 1450, sandbox: '/run/netns/a' },
      ],
      ips: [
        { interface: 1, address: '2001:db8:1:1::5/128', gateway: 'fe80::1' },
        { interface: 1, address: '10.1.1.2/32', gateway: '169.254.1.1' },
      ],
      routes: [
        { dst: '::/0', gw: 'fe80::1' },
        { dst: '169.254.1.1/32', scope: 253 },
        { dst: '0.0.0.0/0', gw: '169.254.1.1' },
      ],
      dns: {},
    });
  });

  it('is told in 1.0.0 without what came later', () => {
    const result = addResult('1.0.0', WIRED);
    expect(result.cniVersion).toBe('1.0.0');
    expect(result.interfaces[0]).toEqual({ name: 'flock1a2b3c4d', mac: '02:00:00:00:00:01' });
    expect(result.ips[0]).toEqual({ interface: 1, address: '2001:db8:1:1::5/128', gateway: 'fe80::1' });
    expect(result.routes[1]).toEqual({ dst: '169.254.1.1/32' });
  });

  it('is told in 0.4.0 with the version of each address', () => {
    const result = addResult('0.4.0', WIRED);
    expect(result.ips.map(({ version }) => version)).toEqual(['6', '4']);
    expect(result.routes[1]).toEqual({ dst: '169.254.1.1/32' });
    expect(result.interfaces[1]).not.toHaveProperty('mtu');
  });

  it('leaves out the family that the pod does not have', () => {
    const only6 = addResult('1.1.0', { ...WIRED, ip4: undefined });
    expect(only6.ips).toHaveLength(1);
    expect(only6.routes).toEqual([{ dst: '::/0', gw: 'fe80::1' }]);
    const only4 = addResult('1.1.0', { ...WIRED, ip6: undefined });
    expect(only4.ips.map((entry) => entry.address)).toEqual(['10.1.1.2/32']);
    expect(only4.routes.map(({ dst }) => dst)).toEqual(['169.254.1.1/32', '0.0.0.0/0']);
  });

  it('says nothing of claimed addresses', () => {
    const claiming = { ...WIRED, anycast: [address('192.0.2.53')], addresses: [address('192.0.2.80')] };
    expect(JSON.stringify(addResult('1.1.0', claiming))).not.toContain('192.0.2');
  });
});

describe('other answers', () => {
  it('VERSION gives back the version of the request, with those that flock supports', () => {
    expect(versionResult('0.3.1')).toEqual({ cniVersion: '0.3.1', supportedVersions: ['0.4.0', '1.0.0', '1.1.0'] });
  });

  it('an error has number, message and details', () => {
    const error = new FlockError('poolExhausted', 'no IPv4 address is free', { details: '254 in use' });
    expect(errorResult('1.0.0', error)).toEqual({
      cniVersion: '1.0.0',
      code: 100,
      msg: 'no IPv4 address is free',
      details: '254 in use',
    });
  });

  it('an error tells its cause as details, but not twice', () => {
    const cause = new Error('ENOSPC');
    expect(errorResult('1.0.0', new FlockError('stateUnwritable', 'cannot write', { cause })).details).toBe('ENOSPC');
    expect(errorResult('1.0.0', new FlockError('stateUnwritable', 'cannot: ENOSPC', { cause })).details).toBe('');
  });

  it('an error has an HTTP status', () => {
    expect(errorStatus(new FlockError('tryAgainLater', ''))).toBe(503);
    expect(errorStatus(new FlockError('internal', ''))).toBe(500);
    expect(errorStatus(new FlockError('claimRefused', ''))).toBe(400);
  });
});

describe('comparing with prevResult', () => {
  const expected = addResult('1.1.0', WIRED);
  const [host, pod] = expected.interfaces;
  const [ip6, ip4] = expected.ips;
  if (host === undefined || pod === undefined || ip6 === undefined || ip4 === undefined) throw new Error('no result');
  const differences = (previous: PreviousResult) => compareWithPrevResult(previous, expected);

  it('finds nothing in the result itself, in whichever version', () => {
    for (const version of ['0.4.0', '1.0.0', '1.1.0'] as const)
      expect(differences(addResult(version, WIRED))).toEqual([]);
  });

  it('lets other plugins add interfaces, and change the hardware address of the pod', () => {
    const previous: PreviousResult = {
      interfaces: [{ name: 'ifb0' }, host, { ...pod, mac: '02:00:00:00:00:99' }],
      ips: [
        { ...ip6, interface: 2, address: '2001:DB8:1:1:0::5/128' },
        { ...ip4, interface: 2 },
        { address: '10.9.9.9/24', interface: 0 },
      ],
    };
    expect(differences(previous)).toEqual([]);
  });

  it.each<[string, PreviousResult, string]>([
    [
      'the host interface is missing',
      { ...expected, interfaces: [{ name: 'x' }, pod] },
      'flock1a2b3c4d on the host is missing',
    ],
    [
      'the pod is elsewhere',
      { ...expected, interfaces: [host, { ...pod, sandbox: '/run/netns/b' }] },
      'eth0 in /run/netns/a is missing',
    ],
    [
      'the host interface has another mac',
      { ...expected, interfaces: [{ ...host, mac: '02:00:00:00:00:09' }, pod] },
      'has mac "02:00:00:00:00:09"',
    ],
    ['an address is missing', { ...expected, ips: [ip6] }, 'address 10.1.1.2/32 is missing on eth0'],
    [
      'an address is on another interface',
      { ...expected, ips: [ip6, { ...ip4, interface: 0 }] },
      'address 10.1.1.2/32 is missing',
    ],
    [
      'a gateway differs',
      { ...expected, ips: [{ ...ip6, gateway: 'fe80::2' }, ip4] },
      'gateway of 2001:db8:1:1::5/128 is "fe80::2"',
    ],
    [
      'there is an address too many',
      { ...expected, ips: [ip6, ip4, { ...ip4, address: '10.1.1.3/32' }] },
      '"10.1.1.3/32" on eth0',
    ],
    ['an address is nonsense', { ...expected, ips: [ip6, { ...ip4, address: 'x' }] }, 'address 10.1.1.2/32 is missing'],
  ])('names what differs when %s', (_what, previous, told) => {
    expect(differences(previous).join('; ')).toContain(told);
  });
});
