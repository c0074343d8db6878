import { describe, expect, it } from 'vitest';
import { escapeText, nearestText, quoteText } from '../../../src/model/text.ts';

describe('quoteText', () => {
  it('keeps a plain text as it is, in quotes', () => {
    expect(quoteText('192.0.2.1')).toBe('"192.0.2.1"');
  });

  it('shows line breaks, quotes and control characters instead of printing them', () => {
    expect(quoteText('a\nb"c\u0000\u001b[31m')).toBe('"a\\nb\\"c\\u0000\\u001b[31m"');
  });

  it('shows marks that hide or turn text around', () => {
    expect(quoteText('a\u202eb\u200bc\u2028d\u007fe\u0085')).toBe('"a\\u202eb\\u200bc\\u2028d\\u007fe\\u0085"');
  });

  it('cuts a long text', () => {
    expect(quoteText('x'.repeat(500))).toBe(`"${'x'.repeat(80)}…"`);
  });
});

describe('escapeText', () => {
  it('leaves quotes and backslashes alone, and nothing that breaks a line', () => {
    expect(escapeText('say "hi"\\n\r\n\t', 40)).toBe('say "hi"\\n\\u000d\\u000a\\u0009');
  });
});

describe('nearestText', () => {
  it.each([
    ['adress', 'address'],
    ['sokcet', 'socket'],
    ['ROUTERID', 'routerId'],
    ['peer', 'peers'],
  ])('finds what %s was meant to be', (typed, meant) => {
    expect(nearestText(typed, ['state', 'address', 'socket', 'routerId', 'peers'])).toBe(meant);
  });

  it('finds nothing for a word that is not near any', () => {
    expect(nearestText('timeout', ['address', 'socket', 'asn'])).toBeUndefined();
  });

  it('does not compare a text that is far too long', () => {
    expect(nearestText('a'.repeat(100_000), ['a'.repeat(99_999)])).toBeUndefined();
  });
});
