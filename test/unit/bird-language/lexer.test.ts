import { describe, expect, it } from 'vitest';
import { includesOf, lex } from '../../../src/bird-language/text/lexer.ts';

const tokens = (text: string): string[] => {
  const found: string[] = [];
  lex(text, { token: (token) => found.push(token), include: ({ written }) => found.push(`include ${written}`) });
  return found;
};

describe('the tokens of BIRD’s language', () => {
  it('are words, numbers, strings and signs, with neither blanks nor comments', () => {
    expect(tokens('hold time\t30; # "no {\n/* nor\n} */ x="a # b";')).toEqual([
      ...['hold', 'time', '30', ';', 'x', '=', '"a # b', ';'],
    ]);
  });

  it('are equal for numbers of equal value', () => {
    expect(tokens('0x1E 030 30')).toEqual(['30', '30', '30']);
    expect(tokens('99999999999999999999 0xffffffffffffffff')).toEqual(['99999999999999999999', '0xffffffffffffffff']);
  });

  it('are equal for addresses of equal value', () => {
    expect(tokens('2001:DB8:0:0::1 010.0.0.1 ::ffff:10.0.0.1 fe80::1%eth0')).toEqual([
      ...['2001:db8::1', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '%', 'eth0'],
    ]);
    expect(tokens('fd00::/8+ 10.0.0.0/8{16,24}')).toEqual([
      ...['fd00::', '/', '8', '+', '10.0.0.0', '/', '8', '{', '16', ',', '24', '}'],
    ]);
  });

  it('tell a colon in an address from one behind a case', () => {
    expect(tokens('else: accept; a:b 65000:1')).toEqual(['else', ':', 'accept', ';', 'a', ':', 'b', '65000', ':', '1']);
  });

  it('are the name of a quoted symbol', () => {
    expect(tokens("bgp 'tor-1.a' from 'tor1'")).toEqual(['bgp', 'tor-1.a', 'from', 'tor1']);
  });

  it('take signs of two characters as one', () => {
    expect(tokens('[= 1 =] != !~ <= >= && || .. ->')).toEqual([
      '[=',
      '1',
      '=]',
      '!=',
      '!~',
      '<=',
      '>=',
      '&&',
      '||',
      '..',
      '->',
    ]);
  });
});

describe('an include', () => {
  it('is one at the beginning of a line only', () => {
    expect(tokens('include "a";\n \tinclude  "b" ; x\nx include "c";')).toEqual([
      ...['include a', 'include b', 'x', 'x', 'include', '"c', ';'],
    ]);
  });

  it('is none in a comment, behind one on the same line, or without its semicolon', () => {
    expect(tokens('# include "a";\n/*\ninclude "b";\n*/ include "c";')).toEqual(['include', '"c', ';']);
    expect(tokens('include "a"\n;')).toEqual(['include', '"a', ';']);
    expect(tokens('/* x */\ninclude "d";')).toEqual(['include d']);
  });

  it('is told with its line and its place', () => {
    const text = 'x\n/* a\nb */\n\n \tinclude\t"a/*.conf" ; include "b";\ninclude "c";';
    expect(includesOf(text)).toEqual([
      { written: 'a/*.conf', at: text.indexOf('a/*'), line: 5 },
      { written: 'c', at: text.lastIndexOf('c'), line: 6 },
    ]);
  });
});

describe('text that BIRD refuses', () => {
  it('gives tokens all the same', () => {
    expect(tokens('"open\nnext \'open\n/* open')).toEqual(['"open', 'next', 'open']);
    expect(tokens('\u0000€ ::: {{{')).toEqual(['\u0000', '€', ':::', '{', '{', '{']);
  });
});
