import { z } from 'zod';
import { MOST_COMMUNITIES } from '../../model/community.ts';
import { asn, whole } from './numbers.ts';
import { readCommunity, readDescription, readLargeCommunity, readPrefixPattern } from './peer-values.ts';
import { named, path } from './text-keys.ts';
import { readPeerAddress, textAs } from './text-values.ts';

/** Most entries of `importPrefixes`; a longer list belongs in a template. */
const MOST_PREFIXES = 1_000;

const families = z
  .array(z.enum(['ipv4', 'ipv6'], { error: 'must be ipv4 or ipv6' }))
  .min(1, { error: 'must name at least one of ipv4, ipv6; leave the key out for the family of the address' })
  .refine((list) => new Set(list).size === list.length, { error: 'must not name a family twice' })
  .meta({ description: 'Families carried over this session. Default: the family of the address.' });

function listOf<T extends z.ZodType>(item: T, most: number, description: string) {
  return z
    .array(item)
    .min(1, { error: 'must not be empty; omit the key' })
    .max(most, { error: `must not have more than ${most} entries` })
    .optional()
    .meta({ description });
}

/** What a peer, or one of its families, adds to the routes for the router. */
function exported(describe: (text: string) => string) {
  return z
    .strictObject({
      communities: listOf(
        textAs({ description: 'Two numbers of 16 bits (RFC 1997).', examples: ['64600:100'] }, readCommunity),
        MOST_COMMUNITIES,
        describe('Communities to add. Default: none.'),
      ),
      largeCommunities: listOf(
        textAs({ description: 'Three numbers of 32 bits (RFC 8092).', examples: ['64600:1:100'] }, readLargeCommunity),
        MOST_COMMUNITIES,
        describe('Large communities to add. Default: none.'),
      ),
      localPreference: whole(
        describe('Local preference, for internal sessions only: the routers prefer the highest. Default: `100`.'),
        0,
        4_294_967_295,
      ).optional(),
      med: whole(
        describe('Multi-exit discriminator: a router prefers the lowest of one neighbouring AS. Default: none.'),
        0,
        4_294_967_295,
      ).optional(),
      prepend: whole(
        describe(
          'How many times our AS number is added to the AS path, for external sessions only, to be preferred less. Default: `0`.',
        ),
        0,
        16,
      ).optional(),
    })
    .optional();
}

const exportKeys = 'What the routes to the router carry: addresses of pods and summaries of pools alike.';

/** What a peer and each of its families can say about routes. */
const policy = {
  import: z.enum(['default', 'none', 'all'], { error: 'must be default, none or all' }).optional(),
  importPrefixes: listOf(
    textAs(
      {
        description: 'A prefix, and with a + at its end everything inside it.',
        examples: ['0.0.0.0/0', '10.0.0.0/8+', '2001:db8::/32+'],
      },
      readPrefixPattern,
    ),
    MOST_PREFIXES,
    'Routes taken from the router, instead of `import`: prefixes, and with a `+` at the end everything inside them. Never the networks and pools of this node. Default: none.',
  ),
  importLimit: whole(
    'Routes taken from the router at most in each family; more are left out. Default: `10` with `import: default`, else `100000`.',
    1,
    10_000_000,
  ).optional(),
};

function familyPolicy(family: 'IPv4' | 'IPv6') {
  const same = `The same, for ${family}. Default: that of the peer.`;
  return z
    .strictObject({
      import: policy.import.meta({ description: same }),
      importPrefixes: policy.importPrefixes.meta({ description: same }),
      importLimit: policy.importLimit.meta({ description: same }),
      export: exported(() => same).meta({ description: `The same, for ${family}, key by key.` }),
    })
    .optional()
    .meta({ description: `What is different for ${family}. A key here replaces the one of the peer.` });
}

/** One entry of `bgp.peers` as written. */
export const peer = z.strictObject({
  name: named(
    "Name of the session, unique: a letter, then letters, digits and `_`, 32 characters at most. The BIRD protocol has this name; one that is a word of BIRD's language gets `peer_` before it.",
    '^[A-Za-z][A-Za-z0-9_]{0,31}$',
    'must be a letter followed by letters, digits and _, at most 32 characters in all',
    'tor1',
  ),
  address: textAs(
    {
      description: 'Address of the router: unique, not inside a pool, no IPv6 link-local address.',
      examples: ['10.0.0.254', '2001:db8::fe'],
    },
    readPeerAddress,
  ),
  asn: asn('AS number of the router; the same as `bgp.asn` makes the session internal.'),
  description: textAs(
    { description: 'A note for people, which BIRD shows with the session. Default: none.', examples: ['rack 7, left'] },
    readDescription,
  ).optional(),
  localAsn: asn('AS number of this node towards this router. Default: `bgp.asn`.').optional(),
  families: families.optional(),
  sourceAddress: textAs(
    {
      description:
        'Address of this node to speak from, of the same family. Default: the one that the kernel uses towards the router.',
    },
    readPeerAddress,
  ).optional(),
  port: whole('TCP port of the router. Default: `179`.', 1, 65_535).optional(),
  passive: z.boolean().optional().meta({ description: 'Wait for the router to connect. Default: `false`.' }),
  multihop: whole(
    'The router may be this many hops away. Such a session takes no routes. Default: directly connected.',
    1,
    255,
  ).optional(),
  ttlSecurity: z.boolean().optional().meta({
    description:
      'Take only packets that no other router has forwarded (GTSM, RFC 5082); the router must do the same. Default: `false`.',
  }),
  passwordFile: path(
    'File with the TCP MD5 password of the session (RFC 2385). It must be readable by root alone. A change in the file is found within 30 seconds. Default: no password.',
  ).optional(),
  bfd: z.boolean().optional().meta({
    description:
      'Notice a dead router, and be noticed when dead, within a second (BFD, RFC 5882). A router without BFD does not mind. Default: `false`.',
  }),
  holdTime: whole(
    'Seconds of silence after which the router is given up. Keepalives are sent three times as often. Default: `30`.',
    3,
    65_535,
  ).optional(),
  keepaliveTime: whole('Seconds between keepalives. Default: a third of `holdTime`.', 1, 21_845).optional(),
  gracefulRestart: z.enum(['off', 'aware', 'on'], { error: 'must be off, aware or on' }).optional().meta({
    description:
      'Graceful restart (RFC 4724). `aware` keeps the routes of a router that restarts. `on` asks the router for the same, which also keeps the routes of a dead node for up to 30 seconds, and needs `bfd`. Default: `off`.',
  }),
  import: policy.import.meta({
    description:
      'Routes taken from the router: its default route (`default`), none, or all. Never the networks and pools of this node. Default: `default`; `none` with `multihop`.',
  }),
  importPrefixes: policy.importPrefixes,
  importLimit: policy.importLimit,
  export: exported((text) => text).meta({ description: exportKeys }),
  ipv4: familyPolicy('IPv4'),
  ipv6: familyPolicy('IPv6'),
});

/** An entry of `bgp.peers` after parsing. */
export type ParsedPeer = z.output<typeof peer>;
