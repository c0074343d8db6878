import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigSet, previewChange } from '../../src/bird-language/compare/preview.ts';
import { diskFiles } from '../../src/bird-language/text/disk-files.ts';
import { lex } from '../../src/bird-language/text/lexer.ts';
import { NOTHING, preview, session } from '../unit/bird-language/texts.ts';

const CASES = join(import.meta.dirname, '../golden/cases');
const goldenSets = (): ConfigSet[] =>
  readdirSync(CASES)
    // The file that BIRD is started with: ours, or an operator's that includes ours.
    .map((name) =>
      ['bird.conf', 'operator.conf'].map((file) => join(CASES, name, file)).find((path) => existsSync(path)),
    )
    .filter((main) => main !== undefined)
    .map((main) => ({ main, files: diskFiles() }));
const goldenTexts = goldenSets().map(({ main }) => readFileSync(main, 'utf8').replace(/^include .*$/gm, ''));

/** Everything that means something to the parser, and a little that does not. */
const WORDS = [
  ...['protocol', 'template', 'bgp', 'static', 'kernel', 'device', 'bfd', 'ospf', 'v3', 'from', 'tor1', 'tor2', 'base'],
  ...[
    'define',
    'A',
    'B',
    '=',
    'function',
    'filter',
    'f',
    'g',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '[=',
    '=]',
    ';',
    ';',
    ',',
    '+',
    '/',
  ],
  ...[
    'ipv4',
    'ipv6',
    'multicast',
    'table',
    'sorted',
    'trie',
    'import',
    'export',
    'where',
    'all',
    'none',
    'limit',
    'action',
  ],
  ...[
    'local',
    'neighbor',
    'range',
    'as',
    'port',
    'internal',
    '%',
    'router',
    'id',
    'hostname',
    'password',
    '"x"',
    '"',
    "'",
    'route',
  ],
  ...[
    'hold',
    'time',
    '30',
    '0x1f',
    '10.0.0.1',
    'fd00::1',
    'on',
    'off',
    'bfd',
    'disabled',
    'igp',
    'debug',
    'interface',
    'eval',
  ],
  ...['include "x";', '\n', '/*', '*/', '#', '\u0000', '__proto__', 'constructor'],
];

const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 120 }).map((words) => words.join(' '));
const cut = fc
  .tuple(fc.constantFrom(...goldenTexts), fc.nat(), fc.nat(40), fc.string({ maxLength: 20, unit: 'binary' }))
  .map(([text, at, gap, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + gap));
const anything = fc.oneof(soup, cut, fc.string({ maxLength: 300, unit: 'binary' }));

describe('the preview of any two texts', () => {
  it('never throws, and tells a reason for each reset', () => {
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        const { resets, refeeds, protocols } = preview(before, after);
        for (const { reasons } of [...resets, ...refeeds, ...protocols]) expect(reasons.length).toBeGreaterThan(0);
      }),
      { numRuns: 600 },
    );
  });

  it('is empty when they are the same', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const whole = text.replaceAll('include', 'exclude');
        expect(preview(whole, whole)).toEqual(NOTHING);
      }),
      { numRuns: 400 },
    );
  });

  it.each(['{', '(', '[', '[=', 'ipv4 {', 'protocol bgp {', '/*', '"', '((1+', 'filter f {', 'bfd {'])(
    'does not mind ten thousand of %s in a row',
    (opening) => {
      const deep = `${session('')}${`${opening} `.repeat(10_000)}`;
      expect(preview(deep, deep)).toEqual(NOTHING);
      preview(deep, session(`hold time ${'('.repeat(10_000)}1${')'.repeat(10_000)};`));
    },
  );

  it('does not mind a filter with half a million variables', () => {
    const text = session(`ipv6 { import filter int a${' ;'.repeat(500_000)}`);
    expect(preview(text, text)).toEqual(NOTHING);
  });

  it('does not mind names that mean something to the language of this program', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const text = `protocol ${name} ${name} { ${name}; ${name} on; table ${name}; route ${name}; }\n${session(`${name}; ipv6 { ${name}; table ${name}; };`)}`;
      expect(preview(text, text)).toEqual(NOTHING);
      expect(preview(text, '').protocols).toHaveLength(1);
    }
  });

  it('does not mind templates and definitions that build on one another a thousand times', () => {
    const chain = (length: number, last: string): string => {
      const blocks = Array.from(
        { length },
        (_, n) => `define D${n + 1} = [ D${n}, D${n} ];\ntemplate bgp t${n + 1} from t${n} { hold time ${n + 3}; }\n`,
      );
      return `define D0 = ${last};\ntemplate bgp t0 { }\n${blocks.join('')}${session(`ipv6 { import where net ~ D${length}; };`).replace('tor1', `tor1 from t${length}`)}`;
    };
    expect(preview(chain(1000, '1'), chain(1000, '1'))).toEqual(NOTHING);
    expect(preview(chain(1000, '1'), chain(1000, '2')).refeeds).toHaveLength(1);
  });
});

describe('the golden files', () => {
  it('are no change of themselves, and can be compared with one another', () => {
    const sets = goldenSets();
    expect(sets.length).toBeGreaterThan(25);
    for (const before of sets) {
      for (const after of sets) {
        const found = previewChange(before, after);
        if (before === after) expect(found, before.main).toEqual(NOTHING);
      }
    }
  });

  it('are no change when blanks and comments come between any two tokens', () => {
    const between = fc.constantFrom(' ', '\n\t', ' /* { " */ ', ' # } "\n', '\r\n');
    fc.assert(
      fc.property(fc.constantFrom(...goldenTexts), fc.array(between, { minLength: 5, maxLength: 50 }), (text, gaps) => {
        const tokens: string[] = [];
        lex(text, { token: (token) => tokens.push(token.startsWith('"') ? `${token}"` : token), include: () => {} });
        const spread = tokens.map((token, index) => token + gaps[index % gaps.length]).join('');
        expect(preview(text, spread)).toEqual(NOTHING);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a password', () => {
  it('of any kind stands in no reason', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40 })
      .filter((text) => /^[^"\n']+$/.test(text) && text.trim().length > 6);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('password', 'key', 'secret', 'unheard of', 'authentication'),
        (text, word) => {
          const found = preview(session(''), session(`${word} "${text}";`));
          expect(found.resets).toHaveLength(1);
          for (const reason of found.resets[0]?.reasons ?? []) expect(reason).not.toContain(text);
        },
      ),
    );
  });
});
