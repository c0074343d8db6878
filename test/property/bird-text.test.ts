import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnnouncementsRenderer, renderAnnouncements } from '../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import type { Announcement } from '../../src/bird/types.ts';
import { safeView } from '../../src/bird/view/safe-view.ts';
import { FlockError } from '../../src/errors.ts';
import { type Address, addressFromBigInt } from '../../src/model/address.ts';
import type { CommunityText } from '../../src/model/community.ts';
import { type Prefix, prefixOf } from '../../src/model/prefix.ts';
import { hasBird, judgeFiles } from '../golden/judge.ts';
import { config, facts, peer } from '../unit/bird/fixtures.ts';
import { address, community } from '../unit/model/fixtures.ts';

const renderer = createConfigRenderer(undefined);

const addresses = fc.oneof(
  fc.bigInt({ min: 1n, max: (1n << 32n) - 1n }).map((value) => addressFromBigInt(4, value)),
  fc.bigInt({ min: 1n << 120n, max: (1n << 128n) - 1n }).map((value) => addressFromBigInt(6, value)),
);
const devices = fc.nat(0xffff).map((number) => `flock${number.toString(16).padStart(8, '0')}`);
const communities = fc
  .oneof(
    fc.tuple(fc.nat(65_535), fc.nat(65_535)),
    fc.tuple(fc.nat(4_294_967_295), fc.nat(4_294_967_295), fc.nat(4_294_967_295)),
  )
  .map((numbers) => community(numbers.join(':')));
const announcements: fc.Arbitrary<Announcement[]> = fc.uniqueArray(
  fc.record({
    address: addresses,
    nextHops: fc
      .array(devices, { minLength: 1, maxLength: 4 })
      .map((names) => names.map((name) => ({ via: address('10.1.1.2'), interface: name }))),
    communities: fc.array(communities, { maxLength: 3 }),
  }),
  { selector: (announcement) => announcement.address, maxLength: 40 },
);

/** Texts that somebody would try: pieces of BIRD's language, of ours, and anything at all. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        ';',
        '{',
        '}',
        '\n',
        '\r',
        '\0',
        '#',
        '/*',
        '*/',
        ' ',
        '10.0.0.1',
        'flock00000001',
        'reject',
        '/32',
        '\\',
        '$',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);

/** The text without comments and strings: what BIRD's grammar sees. */
function bare(text: string): string {
  return text.replace(/"[^"\n]*"/g, '""').replace(/#[^\n]*/g, '');
}

/**
 * Lines of the file with every value taken out. Nothing but a value may differ between two files of one shape. Names go
 * first, since one may read like what comes after it (`Local`).
 */
function shape(text: string): string {
  return bare(text)
    .replace(/protocol bgp \w+/g, 'protocol bgp NAME')
    .replace(/\b[0-9a-f:.]+\/\d+\+?/g, 'PREFIX')
    .replace(/\b(local|neighbor) [0-9a-f:.]+/g, '$1 ADDRESS')
    .replace(/as \d+/g, 'as N');
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of bare(text)) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The text, or the refusal, which must be one of ours. */
function attempt(render: () => string): string | FlockError {
  try {
    return render();
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
}

function orNothing<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(values, { nil: undefined });
}

const word = fc.integer({ min: 0, max: 65_535 });
const long = fc.integer({ min: 0, max: 4_294_967_295 });
const attributes = fc.record({
  communities: orNothing(fc.array(fc.record({ asn: word, value: word }), { maxLength: 3 })),
  largeCommunities: orNothing(fc.array(fc.record({ asn: long, data1: long, data2: long }), { maxLength: 3 })),
  localPreference: orNothing(long),
  med: orNothing(long),
  prepend: orNothing(fc.nat(16)),
});
const patterns = fc.record({
  prefix: fc.tuple(addresses, fc.nat(32)).map(([text, length]) => prefixOf(text, length)),
  inside: fc.boolean(),
});

describe('nothing breaks out of its place', () => {
  const reference = shape(
    renderer.render({ config: config({ peers: [peer('tor1', '10.0.0.254')] }), facts: facts({ tor1: '10.0.0.1' }) }),
  );

  it('by any text as a value of the configuration or the host', () => {
    const fields = fc.constantFrom('name', 'address', 'source', 'learned', 'routerId', 'network', 'pool');
    fc.assert(
      fc.property(fields, hostile, (field, text) => {
        const put = (key: string, value: string): string => (key === field ? text : value);
        const tor = {
          ...peer('x', '10.0.0.254'),
          name: put('name', 'tor1'),
          address: put('address', '10.0.0.254') as Address,
          ...(field === 'source' ? { sourceAddress: text as Address } : {}),
        };
        const pool: Prefix = { family: 4, network: put('pool', '10.1.1.0') as Address, length: 24 };
        const input = {
          config: config({ peers: [tor] }, { pools: { ip4: pool, ip6: config().pools.ip6 } }),
          facts: {
            routerId: put('routerId', '10.0.0.1') as Address,
            sourceAddresses: new Map([[tor.name, put('learned', '10.0.0.1') as Address]]),
            connectedNetworks: [put('network', '10.0.0.0/24'), '2001:db8::/64'],
          },
        };
        const result = attempt(() => renderer.render(input));
        if (typeof result === 'string') expect(shape(result)).toBe(reference);
      }),
      {
        numRuns: 1500,
        examples: [
          ['name', 'Local'],
          ['name', 'Neighbor'],
        ],
      },
    );
  });

  it('by any number as an AS number or prefix length', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (asn, length) => {
        const pool: Prefix = { family: 4, network: address('10.1.1.0'), length };
        const bad = config(
          { asn, peers: [peer('tor1', '10.0.0.254', { asn })] },
          { pools: { ip4: pool, ip6: config().pools.ip6 } },
        );
        const result = attempt(() => renderer.render({ config: bad, facts: facts({ tor1: '10.0.0.1' }) }));
        if (typeof result === 'string') expect(shape(result)).toBe(reference);
      }),
    );
  });

  it('by any text as an announced address, a device or a community', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('address', 'device', 'community'), (text, field) => {
        const put = (key: string, value: string): string => (key === field ? text : value);
        const announcement = {
          address: put('address', '192.0.2.1') as Address,
          nextHops: [{ via: address('10.1.1.2'), interface: put('device', 'flock00000001') }],
          communities: [put('community', '1:2') as CommunityText],
        };
        const result = attempt(() => renderAnnouncements([announcement]));
        if (typeof result !== 'string') return;
        expect(result.split('\n').filter((line) => line.startsWith('\troute '))).toHaveLength(1);
        expect(result).toMatch(
          /\n\troute [0-9a-f:.]+\/\d+ via "flock[0-9a-f]{8}" \{ bgp_community\.add\(\(1, 2\)\); \};\n/,
        );
        expect(balanced(result)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('since no view holds a text with a character that means something to BIRD', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const refused = /["'`;{}()[\]#\s\\\p{C}]|[^ -~]/u.test(text);
        if (refused) expect(() => safeView({ a: [{ b: text }] })).toThrow(/view\.a\.0\.b/);
      }),
    );
  });
});

describe('the announcements file', () => {
  it('has balanced braces, one sorted line per address, and no other text', () => {
    fc.assert(
      fc.property(announcements, (set) => {
        const text = renderAnnouncements(set);
        expect(balanced(text)).toBe(true);
        expect(text.match(/\troute /g) ?? []).toHaveLength(set.length);
        expect(renderAnnouncements([...set].reverse())).toBe(text);
      }),
    );
  });

  it('is the same with and without a memory of what came before', () => {
    fc.assert(
      fc.property(fc.array(announcements, { maxLength: 6 }), (sets) => {
        const render = createAnnouncementsRenderer();
        const mixed = sets.flatMap((set) => [set, set.slice(1), set]);
        for (const set of mixed) expect(render(set)).toBe(renderAnnouncements(set));
      }),
    );
  });
});

describe.skipIf(!hasBird)('the real bird -p (needs bird)', () => {
  it('accepts whatever is rendered from valid values', async () => {
    const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,31}$/);
    const peers = fc.uniqueArray(
      fc.record({
        name: names,
        address: addresses.filter((text) => !/^fe[89ab]/.test(text)),
        asn: fc.integer({ min: 1, max: 4_294_967_295 }),
        families: fc.constantFrom([4] as const, [6] as const, [4, 6] as const),
        import: fc.constantFrom('default', 'none', 'all'),
        sourceAddress: fc.constant(undefined),
        description: orNothing(fc.stringMatching(/^[ !#-~]{1,80}$/)),
        localAsn: orNothing(fc.integer({ min: 1, max: 4_294_967_295 })),
        port: orNothing(fc.integer({ min: 1, max: 65_535 })),
        passive: orNothing(fc.boolean()),
        multihop: orNothing(fc.integer({ min: 1, max: 255 })),
        ttlSecurity: orNothing(fc.boolean()),
        bfd: orNothing(fc.boolean()),
        holdTime: orNothing(fc.integer({ min: 3, max: 65_535 })),
        gracefulRestart: orNothing(fc.constantFrom('off', 'aware', 'on')),
        importPrefixes: orNothing(fc.array(patterns, { minLength: 1, maxLength: 4 })),
        importLimit: orNothing(fc.integer({ min: 1, max: 10_000_000 })),
        export: orNothing(attributes),
        ipv4: orNothing(fc.record({ export: orNothing(attributes) })),
        ipv6: orNothing(fc.record({ import: fc.constantFrom('default', 'none', 'all'), export: attributes } as const)),
      } as const),
      { selector: ({ name }) => name.replace(/^peer_/, ''), maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(peers, announcements, async (some, set) => {
        const sources = new Map(some.map((one) => [one.name, one.address]));
        const input = {
          config: config({ peers: some }, { pools: { ip4: undefined, ip6: undefined } }),
          facts: facts({}, { sourceAddresses: sources }),
        };
        const files = { config: renderer.render(input), announcements: renderAnnouncements(set) };
        expect(await judgeFiles(files)).toEqual({ verdict: 'accepted' });
      }),
      { numRuns: 60 },
    );
  });
});
