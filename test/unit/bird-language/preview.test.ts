import { describe, expect, it } from 'vitest';
import { NOTHING, preview, session } from './texts.ts';

const BASE = 'router id 10.0.0.1;\nprotocol device {}\n';

/** Reasons of the only reset, `[]` when nothing happens. */
function reasons(before: string, after: string): readonly string[] {
  const { resets, ...rest } = preview(`${BASE}${before}`, `${BASE}${after}`);
  expect(rest).toEqual({ begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] });
  expect(resets.length).toBeLessThan(2);
  return resets[0]?.reasons ?? [];
}

describe('reasons of a reset, for people', () => {
  const cases: [string, string, string[]][] = [
    ['', 'hold time 30;', ['hold time 240 → 30']],
    ['hold time 30;', 'hold time 60; keepalive time 5;', ['hold time 30 → 60', 'keepalive time default → 5']],
    ['passive;', '', ['passive on → off']],
    ['', 'password "a";', ['password']],
    ['password "a";', 'password "b";', ['password']],
    ['', 'ipv6 { import all; export all; };', ['channel ipv6 added']],
    ['ipv6 multicast { import all; export all; };', '', ['channel ipv6-mc removed']],
    ['', 'interface "eth0";', ['interface default → eth0']],
    ['', 'error wait time 1, 30;', ['error wait time 60, 300 → 1, 30']],
    ['', 'brand new option "x";', ['option brand new option']],
    ['', 'keys { key { id 1; secret "x"; }; };', ['keys']],
    ['', 'disabled;', ['disabled']],
    ['', 'vrf "red";', ['vrf default → red']],
    ['router id 10.0.0.9;', '', ['router id 10.0.0.9 → 10.0.0.1']],
  ];
  it.each(cases)('%s to %s', (before, after, expected) => {
    expect(reasons(session(before), session(after))).toEqual(expected);
  });

  it('name the neighbour of another AS and of another address', () => {
    const other = (text: string, to: string): string => session('').replace(text, to);
    expect(reasons(session(''), other('as 65000', 'as 64999'))).toEqual(['neighbor 10.0.0.254 as 65000 → 64999']);
    expect(reasons(session(''), other('0.254', '0.253'))).toEqual(['neighbor 10.0.0.254 → 10.0.0.253']);
    expect(reasons(session(''), other('10.0.0.1', '10.0.0.2'))).toEqual(['local address 10.0.0.1 → 10.0.0.2']);
  });

  it('show whole IPv6 addresses, and of a table its name alone', () => {
    const over6 = (local: string, neighbor: string): string =>
      session('').replace('10.0.0.1 ', `${local} `).replace('10.0.0.254', neighbor);
    expect(reasons(over6('fd00::2', 'fd00::1'), over6('fd00::3', 'fd01::1'))).toEqual([
      'local address fd00::2 → fd00::3',
      'neighbor fd00::1 → fd01::1',
    ]);
    const other = session('').replace('import all', 'table other; import all');
    expect(reasons(`ipv4 table other;\n${session('')}`, `ipv4 table other;\n${other}`)).toEqual([
      'channel ipv4: table master4 → other',
    ]);
  });

  it('name both names of a session that is called otherwise', () => {
    const { resets, begins, ends } = preview(BASE + session(''), BASE + session('hold time 9;', 'tor9'));
    expect(resets).toEqual([
      { protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['name tor1 → tor9', 'hold time 240 → 9'] },
    ]);
    expect([...begins, ...ends]).toEqual([]);
  });

  it('name the router id, and only sessions without one of their own are reset', () => {
    const both = session('') + session('router id 10.9.9.9;', 'tor2').replace('0.254', '0.253');
    const { resets } = preview(`router id 10.0.0.1;\n${both}`, `router id 10.0.0.2;\n${both}`);
    expect(resets).toEqual([{ protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['router id 10.0.0.1 → 10.0.0.2'] }]);
  });

  it('are there for a router id that comes, and not for one that goes, which BIRD keeps', () => {
    expect(preview(session(''), `router id 10.0.0.1;\n${session('')}`).resets).toHaveLength(1);
    expect(preview(`router id 10.0.0.1;\n${session('')}`, session(''))).toEqual(NOTHING);
    expect(preview(`router id 10.0.0.1;\n${session('')}`, session('router id 10.0.0.1;'))).toEqual(NOTHING);
  });

  it('are there for a router id of the session that goes, also when there is no global one any more', () => {
    const own = session('router id 10.0.0.9;');
    const reasonsOf = (before: string): unknown => preview(before, session('')).resets.map((reset) => reset.reasons);
    expect(reasonsOf(own)).toEqual([['router id 10.0.0.9 → default']]);
    expect(reasonsOf(`router id 10.0.0.1;\n${own}`)).toEqual([['router id 10.0.0.9 → 10.0.0.1']]);
  });

  it('never hold a secret, wherever it stands', () => {
    const secret = 'hunter2';
    const places = [
      ...[`password "${secret}";`, `keys { key { secret "${secret}"; }; };`, `authentication md5 "${secret}";`],
      ...[`unheard "${secret}" of;`, `bfd { password "${secret}"; };`, `ipv4 { unheard "${secret}"; };`],
      ...[`hold time "${secret}-${'x'.repeat(50)}";`, `password { key "${secret}"; };`, `key "${secret}";`],
    ];
    for (const place of places) {
      const { resets } = preview(BASE + session('bfd on;'), BASE + session(place));
      expect(resets, place).toHaveLength(place.startsWith('bfd') ? 0 : 1);
      expect(JSON.stringify(resets), place).not.toContain(secret);
    }
    const wrong = session('').replace('as 65000', `password "${secret}" as 65000`);
    expect(JSON.stringify(preview(BASE, BASE + wrong))).not.toContain(secret);
    const other = `protocol rip { interface "*" { password "${secret}"; }; }`;
    const changes = preview(BASE, BASE + other);
    expect(JSON.stringify(changes)).not.toContain(secret);
    const changed = preview(BASE + other, BASE + other.replace(secret, `${secret}3`));
    expect(changed.protocols).toMatchObject([{ type: 'rip', change: 'restarts' }]);
    expect(JSON.stringify(changed)).not.toContain(secret);
  });
});

describe('nothing happens', () => {
  const template = 'template bgp base { hold time 30; ipv4 { import all; export all; }; }\n';
  const cases: [string, string, string][] = [
    [
      'a default that is written down',
      session(''),
      session('hold time 240; enable as4 on; ipv6 { import all; export none; };').replace(/ipv6.*\};/, ''),
    ],
    [
      'an option in a template',
      session('hold time 30;'),
      `template bgp t { hold time 30; }\n${session('').replace('tor1', 'tor1 from t')}`,
    ],
    [
      'an option in a template of a template',
      session('hold time 30;'),
      `template bgp t { hold time 30; }\ntemplate bgp u from t { }\n${session('').replace('tor1', 'tor1 from u')}`,
    ],
    [
      'a channel in a template',
      `${template}protocol bgp a from base { local as 1; neighbor 10.0.0.254 as 2; }`,
      'protocol bgp a { local as 1; neighbor 10.0.0.254 as 2; hold time 30; ipv4 { import all; export all; }; }',
    ],
    ['a definition', session('hold time 30;'), `define A = 10 + 5;\ndefine B = (A * 2);\n${session('hold time B;')}`],
    [
      'a password behind a definition',
      session('password "a";'),
      `define SECRET = "a";\n${session('password SECRET;')}`,
    ],
    ['switches by other words', session('passive on; rr client off;'), session('passive yes; rr client 0;')],
    ['switches by the words of later versions', session('passive; disabled false;'), session('passive true;')],
    [
      'another router id of a protocol that has no use for one',
      'protocol static s4 { ipv4; router id 10.0.0.1; }',
      'protocol static s4 { ipv4; }',
    ],
    [
      'the tables that a static protocol uses by default',
      'ipv4 table own; protocol static s4 { ipv4 { table own; }; }',
      'ipv4 table own; protocol static s4 { ipv4 { table own; }; igp table own; igp table master6; }',
    ],
    [
      'a name that BIRD passes over because a table has it',
      `ipv4 table bgp1;\n${session('').replace('tor1', '')}`,
      `ipv4 table bgp1;\n${session('').replace('tor1', 'bgp2')}`,
    ],
    [
      'an address by another form',
      session('').replace('10.0.0.254', 'fd00::1'),
      session('').replace('10.0.0.254', 'FD00:0:0::1'),
    ],
    ['a name in quotes', session(''), session('').replace('tor1', "'tor1'")],
    [
      'an AS number besides the word internal',
      session('').replace('as 65000', 'internal'),
      session('').replace('as 65000', 'as 65001 internal'),
    ],
    [
      'another source of the address',
      session(''),
      session('source address 10.0.0.1;').replace('local 10.0.0.1 as', 'local as'),
    ],
    ['a session that is disabled in both', session('disabled;'), session('disabled; hold time 9;')],
    [
      'a default table',
      session(''),
      `ipv4 table master4;\n${session('ipv4 { table master4; };').replace('ipv4 { import all; export all; }; ', '').replace('master4; }', 'master4; import all; export all; }')}`,
    ],
    [
      'a table that nobody uses, without a semicolon',
      session(''),
      `ipv4 table one ipv6 table two { gc period 5 s; } ipv4 table three\n${session('')}`,
    ],
    ['a protocol that BIRD names itself', session('').replace('tor1', ''), session('').replace('tor1', 'bgp1')],
  ];
  it.each(cases)('by %s', (_, before, after) => {
    expect(preview(BASE + before, BASE + after)).toEqual(NOTHING);
  });
});

describe('a session that is from another session', () => {
  const first = 'protocol bgp a { local as 1; neighbor 10.0.0.1 as 1; ipv4 { import all; export all; }; }\n';
  const second = 'protocol bgp b from a { local 10.0.0.9 as 2; }\n';

  it('has what followed from the options of that one', () => {
    const alone =
      'protocol bgp b { local 10.0.0.9 as 2; neighbor 10.0.0.1 as 1; multihop 64; ipv4 { import all; export all; aigp on; }; }\n';
    expect(preview(BASE + first + second, BASE + first + alone)).toEqual(NOTHING);
    const { resets } = preview(BASE + first + second, BASE + first + alone.replace('multihop 64;', ''));
    expect(resets).toEqual([
      {
        protocol: 'b',
        neighbor: '10.0.0.1',
        reasons: ['multihop 64 → 0', 'channel ipv4: igp table master4 → default'],
      },
    ]);
  });

  it('is reset when only what followed there becomes another', () => {
    const direct = first.replace('local as 1', 'local as 1; direct');
    const { resets } = preview(BASE + first + second, BASE + direct + second);
    expect(resets.map(({ protocol }) => protocol)).toEqual(['a', 'b']);
  });
});

describe('recreated tables', () => {
  const names = (before: string, after: string): string[] => {
    const { resets, protocols } = preview(`${BASE}${before}`, `${BASE}${after}`);
    return [...resets, ...protocols].map(({ protocol }) => protocol);
  };
  const only = (channel: string): string => session('multihop;').replace('ipv4 { import all; export all; };', channel);

  it.each([
    ['master4', 'ipv6 { import all; export all; extended next hop; };', '', 'ipv4 table master4 { trie; };'],
    ['master4', 'vpn4 mpls { import all; export all; };', 'vpn4 table v; ', 'vpn4 table v; ipv4 table master4 sorted;'],
    ['other', 'ipv4 { import all; export all; igp table other; };', 'ipv4 table other;', 'ipv4 table other sorted;'],
    [
      'other',
      'flow4 { import all; export all; base table other; };',
      'flow4 table f; ipv4 table other;',
      'flow4 table f; ipv4 table other { trie; };',
    ],
    [
      'master6',
      'flow6 { import all; export all; validate; };',
      'flow6 table f;',
      'flow6 table f; ipv6 table master6 { trie; };',
    ],
  ])('reset a session that looks into %s without being connected to it: %s', (_, channel, before, after) => {
    expect(names(before + only(channel), after + only(channel))).toEqual(['tor1']);
  });

  it('reset no session that does not look into them', () => {
    const change = 'ipv6 table master6 { trie; };';
    expect(names(session('multihop;'), change + session('multihop;'))).toEqual([]);
    expect(
      names(only('flow4 { import all; export all; };'), change + only('flow4 { import all; export all; };')),
    ).toEqual([]);
  });

  it('restart the static protocols and the pipes that use them', () => {
    const text =
      'protocol static s4 { ipv4; igp table other; } protocol static s6 { ipv6; } protocol pipe p { table master6; peer table third; }';
    const tables = 'ipv4 table other; ipv6 table third;';
    expect(names(tables + text, tables.replace('other', 'other sorted') + text)).toEqual(['s4']);
    expect(names(tables + text, tables.replace('third', 'third sorted') + text)).toEqual(['p']);
    expect(names(tables + text, `${tables} ipv4 table master4 sorted; ${text}`)).toEqual(['s4', 's6']);
    expect(names(tables + text, `${tables} ipv6 table master6 sorted; ${text}`)).toEqual(['s4', 's6', 'p']);
  });

  it('are of the kind of the channel where there are several', () => {
    const text = 'protocol static st { ipv6 sadr; }';
    expect(
      names(`ipv6 sadr table a; ipv6 sadr table b; ${text}`, `ipv6 sadr table b; ipv6 sadr table a; ${text}`),
    ).toEqual(['st']);
  });
});

describe('a protocol that is disabled by an expression', () => {
  const zero = 'function f(int a) { return a; }\n';

  it('counts as one that runs', () => {
    expect(reasons(zero + session('disabled (f(0));'), zero + session('disabled (f(0)); hold time 9;'))).toEqual([
      'hold time 240 → 9',
    ]);
    expect(reasons(zero + session('disabled (f(0));'), zero + session('disabled (f(1));'))).toEqual(['disabled']);
  });

  it('takes the sessions with it when it is the one that knows the interfaces', () => {
    const { resets } = preview(
      `${zero}protocol device {}\n${session('')}`,
      `${zero}protocol device { disabled (f(1)); }\n${session('')}`,
    );
    expect(resets).toHaveLength(1);
  });
});

describe('BFD', () => {
  const bfd = (options: string): string => `protocol bfd b { ${options} }\n${session('bfd;')}`;
  const loses = (before: string, after: string): boolean =>
    preview(BASE + bfd(before), BASE + bfd(after)).resets.length > 0;

  it('ends by the words of later versions', () => {
    expect(reasons(`protocol bfd {}\n${session('bfd;')}`, `protocol bfd {}\n${session('bfd false;')}`)).toEqual([
      'bfd on → off',
    ]);
  });

  it('restarts with an option that versions since 2.16 have', () => {
    expect(loses('', 'zero udp6 checksum rx;')).toBe(true);
    expect(loses('', 'zero udp6 checksum rx off;')).toBe(false);
  });

  it('proves itself in another way when another place comes first that fits', () => {
    const [any, eth] = [
      'interface "*" { interval 1 s; };',
      'interface "eth0" { authentication simple; password "x"; };',
    ];
    expect(loses(any + eth, eth + any)).toBe(true);
    expect(loses(eth + any, eth + any.replace('1 s', '2 s'))).toBe(false);
    expect(loses(any, eth.replace(/\{.*/, ';') + any)).toBe(false);
  });
});

describe('names that are words of the language, as later versions allow', () => {
  const names = ['filter', 'protocol', 'template', 'function', 'define', 'from', 'table', 'sorted'];

  it.each(names)('of a session: %s', (name) => {
    const text = (options: string): string =>
      `template bgp t { ${options} }\n${session('', `${name} from t`)}router id 10.0.0.1;\n`;
    const { resets } = preview(text('hold time 30;'), text('hold time 60;'));
    expect(resets).toEqual([{ protocol: name, neighbor: '10.0.0.254', reasons: ['hold time 30 → 60'] }]);
    const alone = preview(BASE + session('', name), BASE + session('hold time 60;', name));
    expect(alone.resets.map(({ protocol }) => protocol)).toEqual([name]);
  });

  it.each(names)('of a table, an attribute, a definition and a filter: %s', (name) => {
    for (const statement of [
      `ipv4 table ${name};`,
      `attribute int ${name};`,
      `define ${name} = 1;`,
      `filter ${name} { accept; }`,
    ]) {
      const text = (id: string): string => `${statement}\nrouter id ${id};\n${session('')}`;
      expect(preview(text('10.0.0.1'), text('10.0.0.2')).resets, statement).toHaveLength(1);
    }
  });
});

describe('statements that need no semicolon', () => {
  it.each([
    'define LIST = filter(add(-empty-, (1, 2)), [(1, *)]);',
    'debug protocols all',
    'debug protocols { states, routes }',
    'watchdog timeout 5 s',
    'ipv4 table one',
    'ipv4 table two sorted',
    'debug commands 2 ipv6 table three',
    'eval 1 + 1',
  ])('do not swallow what follows: %s', (statement) => {
    const text = (id: string): string =>
      `${statement}\nrouter id ${id};\n${statement.replace(/one|two|three/, 'x')} ${session('')}`;
    expect(preview(text('10.0.0.1'), text('10.0.0.2')).resets).toHaveLength(1);
    expect(preview(text('10.0.0.1'), text('10.0.0.1'))).toEqual(NOTHING);
  });
});

describe('what is filled again', () => {
  const filters = (less: string): string =>
    `define A = ${less};\nfunction f(int x) int y; { y = x; return y > A; }\nfilter out4 int z; { if f(1) then accept; reject; }\n`;
  const using = session('').replace('export all', 'export filter out4');

  it('is told when a definition behind a function behind a filter changes', () => {
    expect(preview(BASE + filters('1') + using, BASE + filters('2') + using)).toEqual({
      ...NOTHING,
      refeeds: [{ protocol: 'tor1', channel: 'ipv4', direction: 'export', reasons: ['export filter'] }],
    });
  });

  it('is told in words where words are short', () => {
    const { refeeds } = preview(
      BASE + session(''),
      BASE + session('').replace('import all; export all', 'import none; export all; next hop self; preference 50'),
    );
    expect(refeeds).toEqual([
      { protocol: 'tor1', channel: 'ipv4', direction: 'import', reasons: ['import all → none', 'preference 100 → 50'] },
      { protocol: 'tor1', channel: 'ipv4', direction: 'export', reasons: ['next hop self off → on'] },
    ]);
  });

  it('is nothing when a filter changes that no session uses', () => {
    expect(preview(BASE + filters('1') + session(''), BASE + filters('2') + session(''))).toEqual(NOTHING);
  });
});

describe('what cannot be compared', () => {
  it('resets every session, and says which file', () => {
    const files = (text: string): Record<string, string> => ({ '/c/bird.conf': `${session('')}${text}` });
    const { resets } = preview(files(''), files('include "gone";\n'));
    expect(resets).toEqual([
      { protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['cannot be compared: /c/gone cannot be read'] },
    ]);
  });

  it('is a global statement that no table knows', () => {
    const { resets } = preview(BASE + session(''), `${BASE}brand new "secret";\n${session('')}`);
    expect(resets).toMatchObject([{ reasons: ['option brand new'] }]);
  });
});

describe('networks of our static protocols', () => {
  const announce = (routes: string, head = 'ipv4;'): string =>
    `protocol static flock_announce4 { ${head} ${routes} }\n${session('')}`;

  it('are announced and withdrawn', () => {
    const before = announce('route 192.0.2.1/32 blackhole; route 192.0.2.2/32 via "a" via "b";');
    const after = announce('route 192.0.2.2/32 via "a"; route 192.0.2.3/32 blackhole { bgp_med = 1; accept; };');
    expect(preview(before, after)).toEqual({ ...NOTHING, announced: ['192.0.2.3/32'], withdrawn: ['192.0.2.1/32'] });
  });

  it('are withdrawn when the protocol goes, is disabled, takes nothing, or changes its table', () => {
    const before = announce('route 192.0.2.1/32 blackhole;');
    for (const after of [
      session(''),
      announce('route 192.0.2.1/32 blackhole; disabled;'),
      announce('route 192.0.2.1/32 blackhole;', 'ipv4 { import none; };'),
      `ipv4 table other;\n${announce('route 192.0.2.1/32 blackhole;', 'ipv4 { table other; };')}`,
      before.replaceAll('flock_announce4', 'another'),
    ]) {
      expect(preview(before, after).withdrawn, after).toEqual(['192.0.2.1/32']);
    }
  });

  it('stay announced when they move from one of our protocols to another', () => {
    const before = announce('route 192.0.2.0/24 blackhole;');
    const after = before.replaceAll('flock_announce4', 'flock_summary4');
    expect(preview(before, after)).toMatchObject({ announced: [], withdrawn: [] });
  });
});

describe('limits', () => {
  const limit = (text: string): string => session('').replace('export all;', `export all; import limit ${text};`);
  it.each([
    ['off', '10', true],
    ['10', '20', false],
    ['20', '10', true],
    ['20 action block', '10 action block', false],
    ['10 action block', '10 action restart', true],
    ['10 action restart', '10 action disable', false],
    ['10', 'off', false],
    ['10', '5 action warn', false],
  ])('%s to %s', (before, after, resets) => {
    expect(preview(BASE + limit(before), BASE + limit(after)).resets).toHaveLength(resets ? 1 : 0);
  });
});
