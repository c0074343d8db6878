import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, printable, printableJson, printableLines, quoteText } from '../../../src/model/printable.ts';

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

describe('printable', () => {
  it.each([
    ['plain, ünï and 漢字 😀', 'plain, ünï and 漢字 😀'],
    ['\u001b[2J', '\\u001b[2J'],
    ['a\nb\tc', 'a\\u000ab\\u0009c'],
    ['\u009b31m', '\\u009b31m'],
    ['\u061c\u200e\u200f\u202e\u2066', '\\u061c\\u200e\\u200f\\u202e\\u2066'],
    ['\ufeff\u2028\u2029', '\\ufeff\\u2028\\u2029'],
    ['\ud800x', '\\ud800x'],
    ['\u{e0001}', '\\u{e0001}'],
  ])('writes %j as %s', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('keeps tabs and line feeds of a text of several lines', () => {
    expect(printableLines('a\n\tb\r\n\u202e')).toBe('a\n\tb\\u000d\n\\u202e');
  });

  it('leaves the meaning of JSON as it is', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        expect(JSON.parse(printableJson(json))).toEqual(JSON.parse(json));
      }),
    );
    expect(JSON.parse(printableJson(JSON.stringify('\u202e\u{e0001}\u009b')))).toBe('\u202e\u{e0001}\u009b');
  });

  it('cuts no character in two', () => {
    expect(escapeText('ab😀cd', 3)).toBe('ab…');
    expect(escapeText('ab😀cd', 4)).toBe('ab😀…');
  });
});
