import { describe, expect, it } from 'vitest';
import { type FamilyWishes, podFamilies } from '../../../src/allocation/families.ts';
import { FlockError } from '../../../src/errors.ts';
import { prefix } from '../model/fixtures.ts';

const ip4 = prefix('10.1.1.0/24');
const ip6 = prefix('2001:db8:1:1::/64');
const dual = { pools: { ip4, ip6 }, defaults: { ipv4: true, ipv6: true, ipAlgo: '' } };
const onlyIPv6 = { pools: { ip4: undefined, ip6 }, defaults: { ipv4: false, ipv6: true, ipAlgo: '' } };
const nothing: FamilyWishes = { ipv4: undefined, ipv6: undefined };

function failure(wishes: FamilyWishes, config: Parameters<typeof podFamilies>[1]): FlockError {
  try {
    podFamilies(wishes, config);
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
  throw new Error('there were families');
}

describe('the families of a pod', () => {
  it('are the defaults where the annotations say nothing', () => {
    expect(podFamilies(nothing, dual)).toEqual([4, 6]);
    expect(podFamilies(nothing, onlyIPv6)).toEqual([6]);
    expect(podFamilies(nothing, { ...dual, defaults: { ...dual.defaults, ipv4: false } })).toEqual([6]);
  });

  it('follow the annotations, either way', () => {
    expect(podFamilies({ ipv4: false, ipv6: undefined }, dual)).toEqual([6]);
    expect(podFamilies({ ipv4: true, ipv6: false }, { ...dual, defaults: { ...dual.defaults, ipv4: false } })).toEqual([
      4,
    ]);
    expect(podFamilies({ ipv4: false, ipv6: undefined }, onlyIPv6)).toEqual([6]);
  });

  it('cannot be one without a pool: the annotation is named', () => {
    const { code, message } = failure({ ipv4: true, ipv6: undefined }, onlyIPv6);
    expect(code).toBe('familyMissing');
    expect(message).toContain(
      'flock.fritzlab.net/ipv4: true asks for IPv4, but this node has no IPv4 pool; set pools.ipv4',
    );
  });

  it('cannot be none at all', () => {
    expect(failure({ ipv4: false, ipv6: false }, dual)).toMatchObject({ code: 'familyMissing' });
    expect(failure({ ipv4: undefined, ipv6: false }, onlyIPv6).message).toContain('leave no family of pools.ipv6');
  });

  it('never are those of a default without a pool', () => {
    expect(podFamilies(nothing, { ...onlyIPv6, defaults: { ...onlyIPv6.defaults, ipv4: true } })).toEqual([6]);
  });
});
