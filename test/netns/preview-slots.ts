import type { Texts } from './preview-lab.ts';

/** For each slot, the number of what stands in it, modulo what there is to choose from. */
export type Slots = readonly number[];

/** What a block of BGP may have; the first of each list is nothing. */
const OPTIONS = [
  ['', 'hold time 240;', 'hold time 90;', 'hold time SECONDS;', 'hold time (SECONDS + 1);'],
  ['', 'keepalive time 10;', 'min hold time 3; min keepalive time 1;', 'startup hold time 240;', 'send hold time;'],
  ['', 'connect delay time 5;', 'connect delay time 2;', 'start delay time 5;', 'connect retry time 120;'],
  ['', 'error wait time 60, 300;', 'error wait time 1, SECONDS;', 'error forget time 300;', 'error forget time 30;'],
  ['', 'multihop;', 'multihop 64;', 'direct;', 'multihop 3; bfd off;'],
  ['', 'passive;', 'passive off;', 'passive no;', 'ttl security off;', 'strict bind off;'],
  ['', 'graceful restart;', 'graceful restart aware;', 'graceful restart off;', 'graceful restart time 120;'],
  ['', 'long lived graceful restart aware;', 'long lived stale time 3600;', 'long lived stale time 60;'],
  ['', 'password "one";', 'password WORD;', 'setkey on;'],
  [
    '',
    'med metric;',
    'med metric off;',
    'path metric on;',
    'igp metric 0;',
    'prefer older 1;',
    'deterministic med no;',
  ],
  [
    '',
    'capabilities on;',
    'enable as4 on;',
    'enable route refresh on;',
    'enable extended messages;',
    'enable as4 off;',
  ],
  ['', 'allow local as;', 'allow local as 0;', 'allow local as 2;', 'allow bgp_local_pref on;', 'allow as sets on;'],
  [
    '',
    'disable after error off;',
    'disable after cease off;',
    'disable after cease { cease };',
    'advertise hostname off;',
  ],
  ['', 'default bgp_med 0;', 'default bgp_local_pref 100;', 'default bgp_local_pref 50;', 'interpret communities on;'],
  [
    '',
    'description "anything";',
    'debug all;',
    'mrtdump all;',
    'check link on;',
    'router id 10.0.0.1;',
    'router id 167772162;',
  ],
  [
    '',
    'bfd on;',
    'bfd off;',
    'bfd { min rx interval 1 s; };',
    'bfd graceful;',
    'disabled;',
    'disabled off;',
    'vrf default;',
  ],
];

/** What a channel may have. */
const CHANNEL = [
  ['', 'import filter coming;', 'import none;', 'import where is_small(24);', 'import filter { accept; };'],
  [
    '',
    'export filter going;',
    'export all;',
    'export where proto = "flock_summary4";',
    'export filter int a; { a = 1; accept; };',
  ],
  [
    '',
    'preference 100;',
    'preference 90;',
    'next hop self off;',
    'next hop self;',
    'next hop keep;',
    'next hop keep off;',
  ],
  ['', 'import limit 5 action block;', 'import limit off;', 'export limit 10;', 'receive limit 7 action warn;'],
  [
    '',
    'add paths;',
    'add paths off;',
    'add paths rx;',
    'secondary off;',
    'extended next hop off;',
    'extended next hop;',
  ],
  ['', 'gateway recursive;', 'gateway direct;', 'cost 3;', 'aigp off;', 'aigp originate;', 'import keep filtered off;'],
  [
    '',
    'import table;',
    'import table off;',
    'export table on;',
    'graceful restart off;',
    'graceful restart on;',
    'debug all;',
  ],
  [
    '',
    'mandatory off;',
    'mandatory on;',
    'rpki reload off;',
    'long lived stale time 3600;',
    'next hop address 10.0.0.9;',
  ],
];

/** What stands on the outermost level. */
const OUTSIDE = {
  routerId: ['10.0.0.1', '167772161', 'OWN', '10.0.0.1', '10.0.0.2'],
  word: ['"one"', '"two"'],
  seconds: ['30', '31', '0x1e', '(15 * 2)'],
  small: ['net.len >= least', 'net.len > least'],
  coming: ['accept;', 'if is_small(20) then reject; accept;', 'if net ~ SET then reject; accept;'],
  going: ['accept;', 'bgp_med = SECONDS; accept;', 'if source = RTS_STATIC then accept; reject;'],
  set: ['[ 10.0.0.0/8+ ]', '[ 10.0.0.0/8+, 192.0.2.0/24 ]'],
  template: [
    '',
    'template bgp unused { hold time 3; }',
    'timeformat route iso short;',
    'debug protocols off',
    'hostname "n";',
  ],
  kernel: ['scan time 20;', 'scan time 60;', '', 'learn;', 'learn off;', 'persist;', 'kernel table 254;', 'metric 32;'],
  table: [
    'ipv4 table spare',
    'ipv4 table spare { trie on; }',
    'ipv4 table spare sorted;',
    'ipv4 table spare { gc threshold 100; }',
  ],
  static: ['ipv4;', 'ipv4 { table spare; };', 'ipv4 { table master4; };', 'ipv4 { import none; };', 'ipv4; disabled;'],
  bfd: ['', 'strict bind off;', 'strict bind;', 'accept direct;', 'interface "*" { interval 1 s; };'],
  device: ['', 'scan time 20;', 'scan time 10;'],
  parent: ['from lower', 'from upper', '', 'from lower'],
  neighbor: ['as 65002', 'as 65001', 'external', 'internal', 'port 179 as 65002', 'as OTHER'],
  local: [
    'local as 65001;',
    'local 10.0.0.1 as 65001;',
    'local 10.0.0.1 port 179 as 65001;',
    'local 10.0.0.1 as (65000 + 1);',
  ],
  name: ['tor3', 'tor3', 'tor4'],
  sixth: ['', 'ipv6 { import all; export none; };', 'ipv6 { import all; export all; };'],
};

const SESSIONS = ['tor1', 'tor2', 'tor3'];

/** Every slot with what may stand in it. */
const CHOICES: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(OUTSIDE),
  ...['lower', 'upper', ...SESSIONS].flatMap((block) =>
    OPTIONS.map((list, index) => [`${block} ${index}`, list] as const),
  ),
  ...['upper', ...SESSIONS].flatMap((block) =>
    CHANNEL.map((list, index) => [`${block} channel ${index}`, list] as const),
  ),
  ...SESSIONS.flatMap((name) =>
    (['parent', 'neighbor', 'local', 'sixth'] as const).map((part) => [`${name} ${part}`, OUTSIDE[part]] as const),
  ),
]);

export const SLOTS: readonly string[] = [...CHOICES.keys()];

/** The first choice in each slot. */
export const FIRST: Slots = SLOTS.map(() => 0);

/** A configuration of everything that stands in the slots. */
export function configOf(slots: Slots): Texts {
  const at = (slot: string): string => {
    const choices = CHOICES.get(slot) ?? [];
    return choices[(slots[SLOTS.indexOf(slot)] ?? 0) % choices.length] ?? '';
  };
  const options = (block: string): string => OPTIONS.map((_, index) => at(`${block} ${index}`)).join('\n\t');
  const channel = (block: string): string => CHANNEL.map((_, index) => at(`${block} channel ${index}`)).join(' ');
  const session = (name: string, index: number): string => `
protocol bgp ${name === 'tor3' ? at('name') : name} ${at(`${name} parent`)} {
	${at(`${name} local`)}
	neighbor 10.0.0.${100 + index} ${at(`${name} neighbor`)};
	${options(name)}
	ipv4 { import all; export none; ${channel(name)} };
	${at(`${name} sixth`)}
}`;
  const config = `
log stderr all;
define OWN = 10.0.0.1;
define OTHER = 65002;
define SECONDS = ${at('seconds')};
define WORD = ${at('word')};
define SET = ${at('set')};
router id ${at('routerId')};
${at('table')}
${at('template')};
protocol device device1 { ${at('device')} }
function is_small(int least) { return ${at('small')}; }
filter coming { ${at('coming')} }
filter going { ${at('going')} }
protocol kernel kernel4 { ${at('kernel')} ipv4 { export none; }; }
protocol static flock_summary4 { ${at('static')} route 10.1.0.0/16 blackhole; }
protocol bfd bfd1 { ${at('bfd')} }
template bgp lower {
	${options('lower')}
}
template bgp upper from lower {
	${options('upper')}
	ipv4 { import all; ${channel('upper')} };
}
${SESSIONS.map(session).join('\n')}
`;
  return { config, announcements: '' };
}
