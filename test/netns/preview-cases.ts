import { PEERS, type Peers } from './preview-base.ts';
import type { Texts } from './preview-lab.ts';

/** A change of the configuration. */
export interface Case {
  readonly name: string;
  /** Changes the texts that the node has; it must change something. */
  readonly edit?: (texts: Texts) => Texts;
  /** Changes the peers of `flock.yaml`, which are rendered anew. */
  readonly peers?: Peers;
  readonly routerId?: string;
  /** All sessions are up before, because what BIRD does depends on it. */
  readonly up?: true;
  /** All sessions are up again before it is taken back. */
  readonly upAfter?: true;
  /** What else the base has. */
  readonly from?: (texts: Texts) => Texts;
  /** It leaves the session down for good, so that BIRD does nothing to it when it is taken back. */
  readonly oneWay?: true;
  /** Sessions that the preview says are reset, or refeeds that it tells, although this BIRD keeps them; and why that is right. */
  readonly careful?: readonly string[];
  /** What must come of it, as a guard against a test that compares nothing with nothing. */
  readonly resets?: readonly string[];
}

const swap =
  (from: string, to: string): ((texts: Texts) => Texts) =>
  (texts) => {
    if (!texts.config.includes(from)) throw new Error(`the configuration has no ${JSON.stringify(from)}`);
    return { ...texts, config: texts.config.replace(from, () => to) };
  };

/** Adds an option to one session. */
const toPeer = (option: string, name = 'outer'): ((texts: Texts) => Texts) =>
  swap(`protocol bgp ${name} from flock_peer {\n`, `protocol bgp ${name} from flock_peer {\n\t${option}\n`);

/** Adds an option to the channel of a session, behind all others. */
const toChannel =
  (option: string, channel = 'ipv4', name = 'outer'): ((texts: Texts) => Texts) =>
  (texts) => {
    const start = texts.config.indexOf(`\t${channel} {`, texts.config.indexOf(`protocol bgp ${name} `));
    const end = texts.config.indexOf('\t};', texts.config.indexOf('next hop self', start));
    return { ...texts, config: `${texts.config.slice(0, end)}\t\t${option}\n${texts.config.slice(end)}` };
  };

const also =
  (...edits: ((texts: Texts) => Texts)[]) =>
  (texts: Texts): Texts =>
    edits.reduce((all, edit) => edit(all), texts);

const withPeer = (name: string, changes: Record<string, unknown>): Peers => ({
  ...PEERS,
  [name]: { ...PEERS[name], ...changes },
});

/** Changes that nobody notices: no session, no channel, no protocol. */
const HARMLESS: Case[] = [
  { name: 'nothing', edit: (texts) => ({ ...texts, config: `${texts.config}\n` }) },
  {
    name: 'comments and blanks',
    edit: (texts) => ({
      ...texts,
      config: texts.config.replaceAll(';\n', ' ; # said\n').replaceAll('{ ', '{\n\n/* { */ '),
    }),
  },
  {
    name: 'everything on few lines',
    edit: (texts) => ({ ...texts, config: texts.config.replace(/#.*\n/g, '').replace(/\n(?!include)(?=\t)/g, ' ') }),
  },
  { name: 'a description', peers: withPeer('outer', { description: 'the router' }) },
  { name: 'debug of one session', edit: toPeer('debug { states };') },
  { name: 'a session with mrtdump', edit: toPeer('mrtdump off;') },
  { name: 'check link', edit: toPeer('check link off;') },
  { name: 'another time format', edit: swap('timeformat protocol iso long;', 'timeformat protocol iso short ms;') },
  { name: 'a name for the log', edit: swap('log stderr all;', 'log stderr all;\nlog "/dev/null" { debug, trace };') },
  {
    name: 'scan time of the interfaces',
    edit: swap('protocol device device1 { scan time 10; }', 'protocol device device1 { scan time 60; }'),
  },
  { name: 'hold time that is the default of the template', edit: toPeer('hold time 30;') },
  { name: 'hold time as a number of another kind', edit: toPeer('hold time 0x1e;') },
  { name: 'hold time in parentheses', edit: toPeer('hold time (30);') },
  {
    name: 'default ports',
    edit: also(
      swap('local 10.0.0.1 as', 'local 10.0.0.1 port 179 as'),
      swap('neighbor 10.0.0.254 as', 'neighbor 10.0.0.254 port 179 as'),
    ),
  },
  { name: 'direct where it is the default', edit: toPeer('direct;') },
  {
    name: 'switches as they are',
    edit: toPeer('passive off; rr client no; rs client 0; enable as4 yes; interpret communities 1;'),
  },
  {
    name: 'times as they are',
    edit: toPeer('error forget time 300; startup hold time 240; min hold time 0; graceful restart time 120;'),
  },
  {
    name: 'a channel as it is',
    edit: toChannel(
      'table master4; preference 100; gateway direct; secondary off; add paths off; import table off; next hop keep off; aigp off; import limit off;',
    ),
  },
  {
    name: 'a definition in the place of a number',
    edit: also(swap('define MARK = 7;', 'define MARK = 7;\ndefine WAIT = 30;'), toPeer('hold time WAIT;')),
  },
  {
    name: 'a definition in the place of the same value in a filter',
    edit: swap('define MARK = 7;', 'define SEVEN = 7;\ndefine MARK = SEVEN;'),
  },
  {
    name: 'an unused definition, function, filter and template',
    edit: swap(
      'define MARK = 7;',
      'define MARK = 7;\ndefine MORE = 8;\nfunction more() { return true; }\nfilter others { accept; }\ntemplate bgp tall { hold time 9; }',
    ),
  },
  { name: 'a new table', edit: swap('ipv4 table spare4;', 'ipv4 table spare4;\nipv6 table spare6') },
  { name: 'sessions in another order', edit: (texts) => ({ ...texts, config: moveToEnd(texts.config, 'inner') }) },
  { name: 'bfd on a session whose router has none', edit: toPeer('bfd on;', 'inner') },
  { name: 'bfd with other intervals', edit: swap('min rx interval 300 ms;', 'min rx interval 400 ms;') },
  { name: 'bfd of the session with an interval', edit: swap('bfd on;', 'bfd { min rx interval 350 ms; };') },
  {
    name: 'limits that nothing exceeds',
    edit: toChannel('import limit 100000 action warn; export limit 100000 action block;'),
  },
  { name: 'rpki reload', edit: toChannel('rpki reload off;') },
  {
    name: 'netlink buffer, persist',
    edit: swap('netlink rx buffer 8388608;', 'netlink rx buffer 4194304; persist on;'),
  },
  {
    name: 'an own template of a template',
    edit: also(
      swap(
        '# Detects a dead neighbour',
        'template bgp flock_more from flock_peer { hold time 30; }\n# Detects a dead neighbour',
      ),
      swap('bgp outer from flock_peer', 'bgp outer from flock_more'),
    ),
  },
  {
    name: 'the session in a file of its own',
    edit: (texts) => splitOff(texts, 'outer', 'include "outer.conf";', 'outer.conf'),
  },
  {
    name: 'the session in a file that a pattern finds',
    edit: (texts) => splitOff(texts, 'outer', 'include "sess[g-i]on-?*.conf";', 'session-1.conf'),
  },
];

/** A filter of nearly everything that filters can say. */
const RICH = `
roa4 table roas;
attribute int my_mark;
define PATHS = [= * 65000 [65001, 65002] ? =];
function loops(int n) { if n > 3 then return 1; return loops(n + 1); }
function rich(pair p; string t; ip a; prefix n)
clist c; int i; {
	c = -empty-; c = add(c, p); i = 0x10;
	case i { 1: return true; 2..5, 7: return false; else: i = i * 2 - (3 / 1); }
	if bgp_path ~ PATHS || bgp_path ~ [64512..65534, 7] then return defined(bgp_med);
	if bgp_community ~ [(64600, *), (1..2, 3..4)] && !(a.mask(8) = 10.0.0.0) then print "x", t, i;
	bgp_ext_community.add((rt, 64600, 1)); bgp_large_community = delete(bgp_large_community, [(1, 2, *)]);
	bgp_path.prepend(64601); bgp_path = filter(bgp_path, [1..100]); my_mark = 3; unset(bgp_med);
	if n ~ [10.0.0.0/8{16,24}, 192.0.2.0/24-] && t ~ "a*" && proto = "x" && from = a then return false;
	return roa_check(roas, net, bgp_path.last) != ROA_INVALID && net.type = NET_IP4 && loops(1) = 1;
}
`;

const rich = (texts: Texts): Texts =>
  also(
    swap('define MARK = 7;', `define MARK = 7;\n${RICH}`),
    toChannel('export filter { if rich((1, 2), "s", 10.0.0.1, net) then accept; reject; };'),
  )(texts);

/** Changes that reach channels or other protocols, and no session. */
const REFEEDS: Case[] = [
  {
    name: 'a statement in a named export filter',
    edit: swap(
      'if proto = "flock_summary4" then accept;',
      'if net.len < 8 then reject;\n\tif proto = "flock_summary4" then accept;',
    ),
    up: true,
  },
  { name: 'a definition behind the export filters', edit: swap('define MARK = 7;', 'define MARK = 8;'), up: true },
  {
    name: 'a definition behind a definition behind the import filters',
    edit: swap('(MARK + 200)', '(MARK + 201)'),
    up: true,
  },
  { name: 'a function behind the import filters', edit: swap('net.len >= least;', 'net.len > least;'), up: true },
  { name: 'a function behind a function', edit: swap('bgp_path.len > 3;', 'bgp_path.len > 4;'), up: true },
  {
    name: 'a function of another name',
    edit: (texts) => ({ ...texts, config: texts.config.replaceAll('is_odd', 'is_strange') }),
    up: true,
  },
  {
    name: 'a filter of another name',
    edit: (texts) => ({ ...texts, config: texts.config.replaceAll('flock_export6', 'flock_out6') }),
    up: true,
  },
  { name: 'export all', edit: toChannel('export all;'), up: true },
  { name: 'export none', edit: toChannel('export none;', 'ipv6', 'inner'), up: true },
  { name: 'export where', edit: toChannel('export where proto = "flock_announce4" && bgp_med != 9;'), up: true },
  { name: 'a filter on the spot', edit: toChannel('export filter { bgp_med = MARK; accept; };'), up: true },
  {
    name: 'a filter on the spot with a variable',
    edit: toChannel('export filter int a; { a = MARK; bgp_med = a; accept; };'),
    up: true,
  },
  { name: 'communities', peers: withPeer('outer', { export: { communities: ['64601:1'] } }), up: true },
  { name: 'prepend in one family', peers: withPeer('outer', { ipv6: { export: { prepend: 2 } } }), up: true },
  { name: 'local preference', peers: withPeer('inner', { export: { localPreference: 300 } }), up: true },
  { name: 'import all', peers: withPeer('outer', { import: 'all' }), up: true },
  {
    name: 'import prefixes of one family',
    peers: withPeer('inner', { ipv4: { importPrefixes: ['203.0.113.0/24'] } }),
    up: true,
  },
  { name: 'import none', peers: withPeer('outer', { import: 'none' }), up: true },
  { name: 'preference of a channel', edit: toChannel('preference 120;'), up: true },
  { name: 'cost', edit: toChannel('cost 5;', 'ipv6'), up: true },
  { name: 'next hop self for internal ones only', edit: toChannel('next hop self ibgp;'), up: true },
  { name: 'no next hop self', edit: toChannel('next hop self off;', 'ipv4', 'near'), up: true },
  { name: 'next hop keep', edit: toChannel('next hop keep ebgp;'), up: true },
  { name: 'recursive gateway', edit: toChannel('next hop prefer global;', 'ipv6', 'inner'), up: true },
  { name: 'AIGP', edit: toChannel('aigp on;'), up: true },
  { name: 'AIGP originated', edit: toChannel('aigp originate;', 'ipv4', 'inner'), up: true },
  {
    name: 'the same set in another order',
    edit: swap('[ 198.18.0.0/15+, 203.0.113.0/24 ]', '[ 203.0.113.0/24, 198.18.0.0/15+ ]'),
  },
];

/** What is filled again when a filter of many parts changes in one of them. */
const PARTS: Case[] = [
  {
    name: 'nothing, with a filter of many parts',
    from: rich,
    up: true,
    edit: (texts) => ({ ...texts, config: `${texts.config}\n` }),
  },
  ...(
    [
      ['[65001, 65002]', '[65001, 65003]'],
      ['64512..65534, 7', '64512..65534, 8'],
      ['2..5, 7:', '2..5, 8:'],
      ['rt, 64600, 1', 'ro, 64600, 1'],
      ['n + 1', 'n + 2'],
      ['"a*"', '"b*"'],
      ['{16,24}', '{16,25}'],
      ['unset(bgp_med)', 'unset(bgp_origin)'],
      ['"s", 10.0.0.1', '"t", 10.0.0.1'],
    ] as const
  ).map(
    ([from, to]): Case => ({ name: `a filter with ${to} for ${from}`, from: rich, up: true, edit: swap(from, to) }),
  ),
];

/** Changes of other protocols. */
const PROTOCOLS: Case[] = [
  {
    name: 'an announcement more',
    edit: (texts) => ({
      ...texts,
      announcements: texts.announcements.replace('route 192.0.2.1', 'route 192.0.2.9/32 blackhole; route 192.0.2.1'),
    }),
  },
  {
    name: 'an announcement less',
    edit: (texts) => ({ ...texts, announcements: texts.announcements.replace('route 192.0.2.1/32 blackhole;', '') }),
  },
  {
    name: 'no announcement at all',
    edit: (texts) => ({ ...texts, announcements: texts.announcements.replace(/route [^;]*;/g, '') }),
  },
  {
    name: 'another way of an announcement',
    edit: (texts) => ({
      ...texts,
      announcements: texts.announcements.replace('192.0.2.1/32 blackhole', '192.0.2.1/32 unreachable'),
    }),
  },
  {
    name: 'a definition for an announcement',
    edit: (texts) => ({
      ...texts,
      announcements: `define FIVE = 192.0.2.5/32;\n${texts.announcements.replace('192.0.2.1/32', 'FIVE')}`,
    }),
  },
  {
    name: 'an announcement protocol disabled',
    edit: (texts) => ({
      ...texts,
      announcements: texts.announcements.replace('flock_announce6 {', 'flock_announce6 { disabled;'),
    }),
  },
  {
    name: 'an announcement protocol that takes nothing',
    edit: (texts) => ({ ...texts, announcements: texts.announcements.replace('ipv6;', 'ipv6 { import none; };') }),
  },
  {
    name: 'a static protocol of another table',
    edit: (texts) => ({ ...texts, announcements: texts.announcements.replace('{ ipv4;', '{ ipv4 { table spare4; };') }),
  },
  {
    name: 'a new static protocol',
    edit: (texts) => ({
      ...texts,
      config: `${texts.config}protocol static { ipv4; route 198.51.100.0/24 blackhole; }\n`,
    }),
  },
  {
    name: 'a static protocol renamed',
    edit: (texts) => ({ ...texts, config: texts.config.replaceAll('flock_summary6', 'flock_sum6') }),
    up: true,
  },
  { name: 'scan time of a kernel protocol', edit: swap('scan time 30;', 'scan time 40;') },
  { name: 'no merged paths', edit: swap('merge paths on;', 'merge paths off;') },
  { name: 'fewer merged paths', edit: swap('merge paths on;', 'merge paths on limit 4;') },
  { name: 'another kernel table', edit: swap('merge paths on;', 'merge paths on; kernel table 100;') },
  ...['learn', 'metric 77', 'scan time 41', 'description "main"', 'graceful restart'].map(
    (option): Case => ({
      name: `a kernel protocol with ${option}`,
      edit: swap('merge paths on;', `merge paths on; ${option};`),
    }),
  ),
  ...[
    'interface "lo", "up*";',
    'interface "lo"; interface "eth0";',
    'check link on;',
    'ipv6;',
    'ipv4 { preference 9; };',
  ].map(
    (option): Case => ({
      name: `a protocol direct with ${option}`,
      from: (texts) => ({ ...texts, config: `${texts.config}protocol direct { ipv4; interface "lo"; }\n` }),
      edit: swap(
        option.startsWith('ipv4') ? 'ipv4; interface "lo";' : 'interface "lo"; }',
        option.startsWith('ipv4')
          ? `${option} interface "lo";`
          : `${option.startsWith('interface') ? '' : 'interface "lo"; '}${option} }`,
      ),
    }),
  ),
  ...['igp table spare4;', 'check link;', 'debug all;'].map(
    (option): Case => ({
      name: `a static protocol with ${option}`,
      edit: (texts) => ({ ...texts, announcements: texts.announcements.replace('{ ipv4;', `{ ipv4; ${option}`) }),
    }),
  ),
  ...['table master4; peer table other4;', 'table spare4; peer table master4; export none;'].map(
    (option): Case => ({
      name: `a pipe with ${option}`,
      from: (texts) => ({
        ...texts,
        config: `${texts.config}ipv4 table other4;\nprotocol pipe { table spare4; peer table other4; import none; export all; }\n`,
      }),
      edit: swap('table spare4; peer table other4;', option),
    }),
  ),
  {
    name: 'a filter to the kernel',
    edit: swap('if source = RTS_BGP then accept;', 'if source = RTS_BGP && net.len < 30 then accept;'),
  },
  {
    name: 'a protocol direct',
    edit: (texts) => ({ ...texts, config: `${texts.config}protocol direct { ipv4; interface "lo"; }\n` }),
  },
];

/** Changes that end sessions and begin them anew. */
const RESETS: Case[] = [
  ...['hold time 60;', 'keepalive time 3;', 'min hold time 3;', 'startup hold time 100;', 'min keepalive time 2;'],
  ...['connect delay time 2;', 'connect retry time 7;', 'error wait time 2, 30;', 'error forget time 100;'],
  ...[
    'password "secret";',
    'setkey off;',
    'passive on;',
    'passive;',
    'ttl security on;',
    'strict bind on;',
    'free bind on;',
  ],
  ...['graceful restart on;', 'graceful restart aware;', 'graceful restart time 10;'],
  ...['multihop;', 'multihop 3;', 'path metric off;', 'med metric on;', 'igp metric off;', 'prefer older on;'],
  ...[
    'deterministic med on;',
    'default bgp_med 4;',
    'default bgp_local_pref 90;',
    'rs client;',
    'confederation 64777;',
  ],
  ...['enable route refresh off;', 'enable as4 off;', 'enable extended messages on;', 'advertise hostname on;'],
  ...[
    'capabilities on;',
    'interpret communities off;',
    'allow local as 1;',
    'allow local as;',
    'allow bgp_local_pref on;',
  ],
  ...['allow as sets off;', 'enforce first as on;', 'local role customer;', 'disable after error on;'],
  ...['disable after cease { prefix limit hit };', 'interface "uplink0";', 'router id 10.0.0.77;', 'vrf default;'],
  ...['dynamic name "dyn";', 'dynamic name digits 3;', 'source address 10.0.0.9;'],
].map(
  (item): Case =>
    typeof item === 'string'
      ? { name: item, edit: lateOption(item), resets: ['outer'], ...(item.includes(' bind ') ? { oneWay: true } : {}) }
      : item,
);

const MORE_RESETS: Case[] = [
  { name: 'another AS of the router', peers: withPeer('outer', { asn: 64999 }), resets: ['outer'] },
  { name: 'another address of the router', peers: withPeer('outer', { address: '10.0.0.240' }), resets: ['outer'] },
  { name: 'another port of the router', peers: withPeer('outer', { port: 1179 }), resets: ['outer'] },
  { name: 'another AS of this end', peers: withPeer('outer', { localAsn: 64777 }), resets: ['outer'] },
  { name: 'another address of this end', peers: withPeer('outer', { sourceAddress: '10.0.0.9' }), resets: ['outer'] },
  { name: 'one family only', peers: withPeer('outer', { families: ['ipv4'] }), up: true, resets: ['outer'] },
  { name: 'one family more', peers: withPeer('near', { families: ['ipv4', 'ipv6'] }), resets: ['near'], upAfter: true },
  {
    name: 'hold time of the template',
    edit: swap('hold time 30;', 'hold time 33;'),
    resets: ['inner', 'near', 'outer'],
  },
  {
    name: 'hold time of a definition',
    edit: also(swap('define MARK = 7;', 'define MARK = 7;\ndefine WAIT = 31;'), toPeer('hold time WAIT;', 'inner')),
    resets: ['inner'],
  },
  {
    name: 'an option of a template between',
    edit: also(
      swap(
        '# Detects a dead neighbour',
        'template bgp flock_more from flock_peer { keepalive time 5; }\n# Detects a dead neighbour',
      ),
      swap('bgp outer from flock_peer', 'bgp outer from flock_more'),
    ),
    resets: ['outer'],
  },
  { name: 'the router id', routerId: '10.0.0.99', resets: ['inner', 'near', 'outer'] },
  { name: 'a peer that is gone', edit: (texts) => ({ ...texts, config: cutOut(texts.config, 'outer').rest }) },
  { name: 'a peer disabled', edit: toPeer('disabled;'), resets: ['outer'] },
  { name: 'a peer of another name', edit: swap('protocol bgp outer ', 'protocol bgp tor9 '), resets: ['outer'] },
  { name: 'add paths', edit: toChannel('add paths rx;'), resets: ['outer'] },
  { name: 'a secondary channel', edit: toChannel('extended next hop on;'), resets: ['outer'] },
  { name: 'an import table', edit: toChannel('import table on;', 'ipv6'), resets: ['outer'] },
  { name: 'an export table', edit: toChannel('export table on;'), resets: ['outer'] },
  { name: 'graceful restart of a channel', edit: toChannel('graceful restart on;'), resets: ['outer'] },
  { name: 'another table', edit: toChannel('table spare4;'), resets: ['outer'] },
  { name: 'another table for gateways', edit: toChannel('igp table spare4;', 'ipv4', 'inner'), resets: ['inner'] },
  {
    name: 'import without route refresh',
    upAfter: true,
    from: toPeer('capabilities off;'),
    up: true,
    edit: toChannel('import all;'),
    resets: ['outer'],
  },
  {
    name: 'another next hop',
    edit: toChannel('next hop address 10.0.0.7;'),
    resets: ['outer'],
    careful: ['outer resets from 2.18 on'],
  },
  {
    name: 'a channel that must be',
    edit: toChannel('mandatory on;'),
    up: true,
    resets: ['outer'],
    careful: ['outer resets when its router does not speak the family'],
  },
  {
    name: 'a small limit that ends the session',
    edit: toChannel('import limit 50000 action restart;'),
    up: true,
    resets: ['outer'],
    careful: ['outer resets when there are more routes'],
  },
  {
    name: 'import keep filtered',
    edit: toChannel('import keep filtered on;'),
    up: true,
    resets: ['outer'],
    careful: ['outer resets from 3.0 on'],
  },
  {
    name: 'the name of the host',
    edit: swap('define MARK = 7;', 'define MARK = 7;\nhostname "node7";'),
    resets: ['inner', 'near', 'outer'],
    careful: ['all reset from 2.17 on'],
  },
];

const FLOW = 'flow4 { import all; export none; validate; base table spare4; };';

/** Changes of what a session uses without naming it. */
const HIDDEN_RESETS: Case[] = [
  {
    name: 'a router id of its own that goes with the global one',
    from: toPeer('router id 10.0.0.77;'),
    edit: also(swap('router id 10.0.0.77;', ''), swap('router id 10.0.0.1;', '')),
    resets: ['outer'],
    careful: ['all reset when a global one comes that is not the one that BIRD kept'],
  },
  {
    name: 'the router id behind a definition by filter()',
    from: swap('router id', 'define LIST = filter(add(-empty-, (1, 2)), [(1, *)]);\nrouter id'),
    edit: swap('router id 10.0.0.1;', 'router id 10.0.0.99;'),
    resets: ['inner', 'near', 'outer'],
  },
  {
    name: 'an option of a session that is not disabled, by an expression',
    from: also(
      swap('define MARK = 7;', 'define MARK = 7;\nfunction nought(int a) { return a - a; }'),
      toPeer('disabled (nought(1));'),
    ),
    edit: lateOption('hold time 60;'),
    resets: ['outer'],
  },
  {
    name: 'the table of gateways of the other family, made anew',
    from: toChannel('gateway recursive; extended next hop;', 'ipv4', 'near'),
    edit: swap('ipv4 table spare4;', 'ipv4 table spare4;\nipv6 table master6 { trie; };'),
    resets: ['inner', 'near', 'outer'],
  },
  {
    name: 'the table that flow specifications are validated with, made anew',
    from: also(swap('ipv4 table spare4;', 'flow4 table flow;\nipv4 table spare4 { trie; };'), lateOption(FLOW)),
    edit: swap('spare4 { trie; }', 'spare4 { trie; sorted; }'),
    resets: ['outer'],
  },
  {
    name: 'the table at the other end of a pipe, made anew',
    from: (texts) => ({
      ...texts,
      config: `${texts.config}protocol pipe { table master4; peer table spare4; import none; export none; }\n`,
    }),
    edit: swap('ipv4 table spare4;', 'ipv4 table spare4 { trie; };'),
    resets: [],
  },
];

/** An option behind all others of the first session, so that it counts. */
function lateOption(option: string): (texts: Texts) => Texts {
  return (texts) => {
    const { block } = cutOut(texts.config, 'outer');
    return { ...texts, config: texts.config.replace(block, () => block.replace(/\n\}\n*$/, `\n\t${option}\n}\n`)) };
  };
}

/** The block of a session, and the configuration without it. */
function cutOut(config: string, name: string): { block: string; rest: string } {
  const start = config.indexOf(`protocol bgp ${name} `);
  const end = config.indexOf('\n}\n', start) + 3;
  if (start === -1) throw new Error(`the configuration has no session ${name}`);
  return { block: config.slice(start, end), rest: config.slice(0, start) + config.slice(end) };
}

function moveToEnd(config: string, name: string): string {
  const { block, rest } = cutOut(config, name);
  return rest + block;
}

function splitOff(texts: Texts, name: string, include: string, file: string): Texts {
  const { block, rest } = cutOut(texts.config, name);
  return { ...texts, config: `${rest}\n${include}\n`, more: { [file]: block } };
}

export const CASES: readonly Case[] = [
  ...HARMLESS,
  ...REFEEDS,
  ...PARTS,
  ...PROTOCOLS,
  ...RESETS,
  ...MORE_RESETS,
  ...HIDDEN_RESETS,
];
