import { describe, expect, it } from 'vitest';
import { type ClaimPolicyInput, createClaimPolicy } from '../../../src/allocation/claim-rules.ts';
import { type ClaimsToCheck, checkClaims } from '../../../src/allocation/claims.ts';
import { FlockError } from '../../../src/errors.ts';
import { address, prefix } from '../model/fixtures.ts';

const input: ClaimPolicyInput = {
  config: {
    advertise: {
      allow: [
        { prefixes: [prefix('0.0.0.0/0'), prefix('::/0')], namespaces: ['admin'] },
        { prefixes: [prefix('192.0.2.0/24'), prefix('2001:db8:ffff::/48')], namespaces: ['*'] },
        { prefixes: [prefix('198.51.100.0/24')], namespaces: ['web', 'dns'] },
        { prefixes: [prefix('203.0.113.0/24')], namespaces: [] },
      ],
    },
    pools: { ip4: prefix('10.1.1.0/24'), ip6: prefix('2001:db8:1:1::/64') },
    bgp: {
      asn: 64601,
      routerId: undefined,
      peers: [
        {
          name: 'tor1',
          address: address('10.0.0.254'),
          asn: 64600,
          families: [4, 6],
          import: 'default',
          sourceAddress: undefined,
        },
      ],
    },
  },
  ownAddresses: new Set([address('10.0.0.1'), address('2001:db8:0:1::1')]),
};
const policy = createClaimPolicy(input);

function rule(text: string, namespace = 'admin'): string {
  const verdict = policy(address(text), namespace);
  return verdict.allowed ? 'allowed' : verdict.rule;
}

function failure(changes: Partial<ClaimsToCheck>): FlockError {
  try {
    checkClaims({
      anycast: [],
      addresses: [],
      communities: [],
      families: [4, 6],
      namespace: 'admin',
      policy,
      ...changes,
    });
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
  throw new Error('the claims were accepted');
}

describe('the policy', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['169.254.1.1', 'linkLocal'],
    ['fe80::1', 'linkLocal'],
    ['febf::1', 'linkLocal'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::2', 'reserved'],
    ['::a00:1', 'reserved'],
    ['10.0.0.1', 'nodeAddress'],
    ['2001:db8:0:1::1', 'nodeAddress'],
    ['10.0.0.254', 'peerAddress'],
    ['10.1.1.0', 'insidePool'],
    ['10.1.1.255', 'insidePool'],
    ['2001:db8:1:1:ffff::1', 'insidePool'],
  ])('refuses %s (%s), although the namespace may claim everything', (text, expected) => {
    expect(rule(text)).toBe(expected);
  });

  it.each([
    '10.1.2.0',
    '10.1.0.255',
    '128.0.0.1',
    '223.255.255.255',
    '2001:db8:1:2::',
    'fec0::1',
    'fc00::1',
    '::1:0:0',
  ])('allows %s, which is next to a forbidden block', (text) => {
    expect(rule(text)).toBe('allowed');
  });

  it('goes by namespace: exact names and *', () => {
    expect(rule('192.0.2.53', 'anybody')).toBe('allowed');
    expect(rule('2001:db8:ffff::53', 'anybody')).toBe('allowed');
    expect(rule('198.51.100.1', 'web')).toBe('allowed');
    expect(rule('198.51.100.1', 'we')).toBe('notAllowed');
    expect(rule('198.51.100.1', 'WEB')).toBe('notAllowed');
    expect(rule('8.8.8.8', 'web')).toBe('notAllowed');
    expect(rule('203.0.113.1', 'web')).toBe('notAllowed');
  });

  it('refuses everything where no rule is configured', () => {
    const none = createClaimPolicy({ ...input, config: { ...input.config, advertise: { allow: [] } } });
    expect(none(address('192.0.2.53'), 'admin')).toMatchObject({ allowed: false, rule: 'notAllowed' });
  });

  it('works with one pool only', () => {
    const pools = { ip4: undefined, ip6: prefix('2001:db8:1:1::/64') };
    const single = createClaimPolicy({ ...input, config: { ...input.config, pools } });
    expect(single(address('10.1.1.5'), 'admin')).toEqual({ allowed: true });
  });

  it('says who may claim the address instead', () => {
    const verdict = policy(address('198.51.100.1'), 'evil"\n');
    expect(verdict).toMatchObject({ allowed: false });
    expect(verdict.allowed ? '' : verdict.message).toContain('are for admin, dns, web, not for "evil\\"\\n"');
  });
});

describe('the check at ADD', () => {
  it('accepts what is allowed, in both annotations and families', () => {
    const claims = { anycast: [address('192.0.2.53')], addresses: [address('2001:db8:ffff::1')], communities: [] };
    checkClaims({ ...claims, families: [4, 6], namespace: 'default', policy });
  });

  it('names annotation, value and rule', () => {
    const refused = failure({ addresses: [address('10.0.0.254')] });
    expect(refused.code).toBe('claimRefused');
    expect(refused.message).toBe(
      'annotation flock.fritzlab.net/addresses: 10.0.0.254 is refused: it is the address of the BGP peer tor1',
    );
    expect(failure({ anycast: [address('10.1.1.9')] }).message).toContain('flock.fritzlab.net/anycast: 10.1.1.9');
    expect(failure({ anycast: [address('10.1.1.9')] }).message).toContain('inside the pool 10.1.1.0/24 (pools.ipv4)');
  });

  it('refuses an address in both annotations', () => {
    const both = [address('192.0.2.53')];
    const refused = failure({ anycast: both, addresses: both });
    expect(refused.code).toBe('claimRefused');
    expect(refused.message).toContain('192.0.2.53 is in both');
  });

  it('refuses an address of a family that the pod does not have', () => {
    const refused = failure({ anycast: [address('2001:db8:ffff::1')], families: [4] });
    expect(refused.code).toBe('familyMissing');
    expect(refused.message).toContain('anycast: 2001:db8:ffff::1 is refused: the pod has no IPv6 address');
  });

  it('prefers the rule over the family, since setting a family would not help', () => {
    expect(failure({ anycast: [address('fe80::1')], families: [4] }).code).toBe('claimRefused');
  });
});
