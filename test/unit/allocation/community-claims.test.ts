import { describe, expect, it } from 'vitest';
import { type ClaimPolicy, createClaimPolicy } from '../../../src/allocation/claim-rules.ts';
import { checkClaims } from '../../../src/allocation/claims.ts';
import type { AllowRule } from '../../../src/config/types.ts';
import { FlockError } from '../../../src/errors.ts';
import { parse } from '../config/fixtures.ts';
import { address, community } from '../model/fixtures.ts';

/** The rules as `flock.yaml` has them. */
function rules(text: string): readonly AllowRule[] {
  return parse(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 64601 }\nadvertise: { allow: [${text}] }\n`).advertise.allow;
}

function policyOf(text: string): ClaimPolicy {
  const config = { advertise: { allow: rules(text) }, pools: { ip4: undefined, ip6: undefined } };
  const bgp = { asn: 64601, routerId: undefined, peers: [] };
  return createClaimPolicy({ config: { ...config, bgp }, ownAddresses: new Set() });
}

const policy = policyOf(`
  { prefixes: [192.0.2.0/24], namespaces: ["*"], communities: [64600:100, 64600:1:100] },
  { prefixes: [192.0.2.0/25], namespaces: [shop], communities: [64601:*, 64601:1:*, 64602:*:*] },
  { prefixes: [192.0.2.128/25], namespaces: [shop] },
  { prefixes: [198.51.100.0/24], namespaces: ["*"] }`);

/** The answer on one community, as one word. */
function judged(one: string, on = '192.0.2.53', namespace = 'shop'): string {
  const verdict = policy(address(on), namespace, [community(one)]);
  return verdict.allowed ? 'allowed' : `${verdict.rule} ${verdict.community}`;
}

describe('a community', () => {
  it.each(['64600:100', '64600:1:100', '64601:0', '64601:65535', '64601:1:5', '64602:7:4294967295'])(
    '%s is allowed by its own number, or by a pattern that begins as it does',
    (one) => expect(judged(one)).toBe('allowed'),
  );

  it.each(['64600:101', '64600:1:101', '64600:100:1', '64601:2:5', '64602:1', '6460:100', '64603:1:1'])(
    '%s is not, since no pattern covers it; one kind says nothing of the other',
    (one) => expect(judged(one)).toBe(`communityNotAllowed ${one}`),
  );

  it('goes by the rules that cover the address for the namespace', () => {
    expect(judged('64601:5', '192.0.2.53', 'other')).toBe('communityNotAllowed 64601:5');
    expect(judged('64601:5', '192.0.2.200')).toBe('communityNotAllowed 64601:5');
    expect(judged('64600:100', '192.0.2.200', 'other')).toBe('allowed');
    expect(judged('64600:100', '198.51.100.1')).toBe('communityNotAllowed 64600:100');
  });

  it('on an address that may not be claimed at all is not the point', () => {
    expect(judged('64600:100', '203.0.113.1')).toBe('notAllowed undefined');
    expect(policy(address('198.51.100.1'), 'shop', [])).toEqual({ allowed: true });
  });
});

describe('the check at ADD', () => {
  function failure(claims: string[], asked: string[]): FlockError {
    const communities = asked.map((text) => {
      const [on, one] = text.includes('=') ? text.split('=') : [undefined, text];
      return { address: on === undefined ? undefined : address(on), community: community(one ?? '') };
    });
    const addresses = claims.map(address);
    try {
      checkClaims({ anycast: [], addresses, communities, families: [4], namespace: 'shop', policy });
    } catch (error) {
      if (error instanceof FlockError) return error;
      throw error;
    }
    throw new Error('the claims were accepted');
  }

  it('names annotation, community, address, and what is allowed', () => {
    const refused = failure(['192.0.2.53'], ['64600:100', '64600:7']);
    expect(refused.code).toBe('claimRefused');
    expect(refused.message).toBe(
      'annotation flock.fritzlab.net/communities: 64600:7 on 192.0.2.53 is refused: the rules of advertise.allow that cover the address for "shop" allow 64600:100, 64600:1:100, 64601:*, 64601:1:*, 64602:*:* only; add it to the communities of one of them, or remove it from the annotation',
    );
    expect(failure(['198.51.100.1'], ['64600:7']).message).toContain('for "shop" allow no communities; add it');
  });

  it('judges each address by itself', () => {
    const both = ['192.0.2.53', '192.0.2.200'];
    expect(failure(both, ['64601:5']).message).toContain('64601:5 on 192.0.2.200 is refused');
    expect(() => failure(both, ['192.0.2.53=64601:5', '64600:100'])).toThrow('the claims were accepted');
  });

  it('keeps a message short however many patterns there are', () => {
    const patterns = Array.from({ length: 60 }, (_, at) => `64600:${at}`).join();
    const verdict = policyOf(`{ prefixes: [192.0.2.0/24], namespaces: [a], communities: [${patterns}] }`)(
      address('192.0.2.1'),
      'a',
      [community('64600:60')],
    );
    expect(verdict).toMatchObject({
      allowed: false,
      message: expect.stringMatching(/allow 64600:0, (64600:\d, ){6}64600:7 and 52 more only; add/),
    });
  });
});
