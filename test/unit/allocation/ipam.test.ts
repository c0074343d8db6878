import { describe, expect, it } from 'vitest';
import { interfaceIds } from '../../../src/allocation/interface-id.ts';
import { type AddressRequest, chooseAddress, usedAddresses } from '../../../src/allocation/ipam.ts';
import { FlockError } from '../../../src/errors.ts';
import type { Address } from '../../../src/model/address.ts';
import { prefixContains } from '../../../src/model/prefix.ts';
import { address, prefix } from '../model/fixtures.ts';
import { allocation, stateOf } from './fixtures.ts';

function request(pool: string, changes: Partial<AddressRequest> = {}): AddressRequest {
  const parsed = prefix(pool);
  return {
    family: parsed.family,
    pool: parsed,
    narrowTo: [],
    used: new Set(),
    last: undefined,
    random: (limit) => limit / 3n,
    ...changes,
  };
}

function chosen(pool: string, changes: Partial<AddressRequest> = {}): string {
  return chooseAddress(request(pool, changes)).address;
}

function failure(pool: string, changes: Partial<AddressRequest> = {}): FlockError {
  try {
    chooseAddress(request(pool, changes));
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
  throw new Error('an address was found');
}

/** Everything that a pool gives when nothing is ever returned, in order. */
function drain(pool: string, changes: Partial<AddressRequest> = {}): string[] {
  const used = new Set<Address>();
  const given: string[] = [];
  for (;;) {
    try {
      const { address: next } = chooseAddress(request(pool, { ...changes, used, last: [...used].at(-1) }));
      used.add(next);
      given.push(next);
    } catch (error) {
      if (error instanceof FlockError && error.code === 'poolExhausted') return given;
      throw error;
    }
  }
}

const set = (...texts: string[]) => new Set(texts.map(address));

describe('IPv4', () => {
  it('never gives network, .1 and broadcast: a /30 yields one, a /29 five', () => {
    expect(drain('10.1.1.0/30')).toEqual(['10.1.1.2']);
    expect(drain('10.1.1.8/29')).toEqual(['10.1.1.10', '10.1.1.11', '10.1.1.12', '10.1.1.13', '10.1.1.14']);
  });

  it('goes on behind the last address given, although lower ones are free again', () => {
    expect(chosen('10.1.1.0/24', { last: address('10.1.1.7') })).toBe('10.1.1.8');
    expect(chosen('10.1.1.0/24', { last: address('10.1.1.7'), used: set('10.1.1.8', '10.1.1.9') })).toBe('10.1.1.10');
  });

  it('begins again at the start behind the last usable address', () => {
    expect(chosen('10.1.1.0/24', { last: address('10.1.1.254') })).toBe('10.1.1.2');
    expect(chosen('10.1.1.0/24', { last: address('10.1.1.255') })).toBe('10.1.1.2');
  });

  it('ignores a last address of another pool or family', () => {
    expect(chosen('10.1.1.0/24', { last: address('10.9.9.9') })).toBe('10.1.1.2');
    expect(chosen('10.1.1.0/24', { last: address('2001:db8::9') })).toBe('10.1.1.2');
  });

  it('says how full the pool is when it is', () => {
    const { code, message } = failure('10.1.1.0/30', { used: set('10.1.1.2', '192.0.2.1', '2001:db8::1') });
    expect(code).toBe('poolExhausted');
    expect(message).toBe(
      'no IPv4 address is free in the pool 10.1.1.0/30 (pools.ipv4): 4 addresses, 3 reserved, 1 in use; remove pods, or give the node a larger pool',
    );
  });
});

describe('narrowing by cidr4 and cidr6', () => {
  it('takes the pool for a block that equals or contains it', () => {
    expect(chosen('10.1.1.0/24', { narrowTo: [prefix('10.1.1.0/24')] })).toBe('10.1.1.2');
    expect(chosen('10.1.1.0/24', { narrowTo: [prefix('10.0.0.0/8')] })).toBe('10.1.1.2');
  });

  it('takes the block that lies inside the pool, with all its addresses', () => {
    expect(drain('10.1.1.0/24', { narrowTo: [prefix('10.1.1.64/30')] })).toEqual([
      '10.1.1.64',
      '10.1.1.65',
      '10.1.1.66',
      '10.1.1.67',
    ]);
    expect(drain('10.1.1.0/24', { narrowTo: [prefix('10.1.1.9/32')] })).toEqual(['10.1.1.9']);
  });

  it('keeps the three addresses of the pool back inside a block too', () => {
    expect(drain('10.1.1.0/24', { narrowTo: [prefix('10.1.1.0/30')] })).toEqual(['10.1.1.2', '10.1.1.3']);
    expect(drain('10.1.1.0/24', { narrowTo: [prefix('10.1.1.252/30')] })).toEqual([
      '10.1.1.252',
      '10.1.1.253',
      '10.1.1.254',
    ]);
  });

  it('takes the first item that is not disjoint, in the order written', () => {
    const narrowTo = ['10.2.0.0/16', '10.1.1.128/25', '10.1.1.64/26'].map(prefix);
    expect(chosen('10.1.1.0/24', { narrowTo })).toBe('10.1.1.128');
  });

  it('refuses when every item is disjoint, and names annotation, items and pool', () => {
    const { code, message } = failure('10.1.1.0/24', { narrowTo: ['10.2.0.0/16', '192.0.2.0/24'].map(prefix) });
    expect(code).toBe('claimRefused');
    expect(message).toContain('flock.fritzlab.net/cidr4: 10.2.0.0/16, 192.0.2.0/24 is outside the pool 10.1.1.0/24');
  });

  it('treats an item of the other family as disjoint', () => {
    expect(failure('10.1.1.0/24', { narrowTo: [prefix('::/0')] }).code).toBe('claimRefused');
    expect(failure('2001:db8::/64', { narrowTo: [prefix('0.0.0.0/0')] }).message).toContain('cidr6: 0.0.0.0/0');
  });

  it('names the block, not the pool, when the block is full', () => {
    const { code, message } = failure('10.1.1.0/24', { narrowTo: [prefix('10.1.1.9/32')], used: set('10.1.1.9') });
    expect(code).toBe('poolExhausted');
    expect(message).toContain('10.1.1.9/32 (annotation flock.fritzlab.net/cidr4): 1 addresses, 0 reserved, 1 in use');
  });
});

describe('IPv6', () => {
  it('takes a random interface id', () => {
    expect(chosen('2001:db8:1:1::/64', { random: () => 0xabcdef0123456789n })).toBe('2001:db8:1:1:abcd:ef01:2345:6789');
  });

  it('asks for a number below the size of the block', () => {
    const limits: bigint[] = [];
    const random = (limit: bigint) => {
      limits.push(limit);
      return limit - 1n;
    };
    expect(chosen('2001:db8::/64', { random })).toBe('2001:db8::ffff:ffff:ffff:ffff');
    expect(chosen('2001:db8::/64', { random, narrowTo: [prefix('2001:db8::f0/124')] })).toBe('2001:db8::ff');
    expect(limits).toEqual([1n << 64n, 16n]);
  });

  it('never gives the subnet-router anycast address and ::1 of the pool', () => {
    expect(chosen('2001:db8::/64', { random: () => 0n })).toBe('2001:db8::2');
    expect(drain('2001:db8::/126', { random: () => 0n })).toEqual(['2001:db8::2', '2001:db8::3']);
  });

  it('finds the last free address of a small block wherever the draw falls', () => {
    const block = Array.from({ length: 16 }, (_, i) => `2001:db8::${(0x40 + i).toString(16)}`);
    for (let draw = 0n; draw < 16n; draw += 1n) {
      const used = set(...block.filter((text) => text !== '2001:db8::47'));
      const narrowTo = [prefix('2001:db8::40/124')];
      expect(chosen('2001:db8::/64', { used, narrowTo, random: () => draw })).toBe('2001:db8::47');
    }
  });
});

describe('ip-algo', () => {
  const embed = ['default', 'web', 'nginx:1.27'];

  it('gives sixteen replicas addresses that differ in the last nibble only', () => {
    const used = new Set<Address>();
    for (let replica = 0; replica < 16; replica += 1) {
      const { address: next, warning } = chooseAddress(request('2001:db8:1:1::/64', { embed, used }));
      expect(warning).toBeUndefined();
      used.add(next);
    }
    const ids = interfaceIds(embed, 64)?.map((id) => id.toString(16).padStart(16, '0'));
    const texts = [...used].map((text) => Buffer.from(text));
    expect(texts).toHaveLength(16);
    expect(new Set(ids?.map((id) => id.slice(0, 15))).size).toBe(1);
    for (const next of used) expect(prefixContains(prefix('2001:db8:1:1::/64'), next)).toBe(true);
  });

  it('lets the seventeenth replica run with a random address and a warning', () => {
    const used = new Set<Address>();
    for (let i = 0; i < 16; i += 1) used.add(chooseAddress(request('2001:db8::/64', { embed, used })).address);
    const { address: next, warning } = chooseAddress(request('2001:db8::/64', { embed, used, random: () => 5n }));
    expect(next).toBe('2001:db8::5');
    expect(warning).toContain(
      'ip-algo (or defaults.ipAlgo) is ignored: 2001:db8::/64 has none of its sixteen addresses',
    );
  });

  it('falls back with a warning where the block is too small', () => {
    const { address: next, warning } = chooseAddress(request('2001:db8::/120', { embed, random: () => 7n }));
    expect(next).toBe('2001:db8::7');
    expect(warning).toContain('2001:db8::/120 is too small for it');
  });

  it('has no say in IPv4, nor with no fields', () => {
    expect(chooseAddress(request('10.1.1.0/24', { embed }))).toEqual({ address: '10.1.1.2', warning: undefined });
    expect(chosen('2001:db8::/64', { embed: [], random: () => 9n })).toBe('2001:db8::9');
  });
});

it('counts every address that an allocation holds as used', () => {
  const claims = { anycast: [address('192.0.2.1')], addresses: [address('2001:db8:ffff::1')] };
  const state = stateOf([allocation(1, claims), allocation(2, { ip6: undefined })]);
  expect([...usedAddresses(state)].sort()).toEqual([
    '10.1.1.2',
    '10.1.1.3',
    '192.0.2.1',
    '2001:db8:1:1::17',
    '2001:db8:ffff::1',
  ]);
});
