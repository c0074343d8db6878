import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../src/files/yaml.ts';

/** The value of a text with one good document. */
function onlyValue(text: string): unknown {
  const [document, ...rest] = readYaml(text);
  if (document?.ok !== true || rest.length > 0) throw new Error(JSON.stringify([document, ...rest]));
  return document.value;
}

/** The fault of the first document. */
function faultOf(text: string): string {
  const [document] = readYaml(text);
  if (document === undefined || document.ok) return 'no fault';
  const { line, column, message } = document.fault;
  return `${line}:${column} ${message}`;
}

describe('readYaml', () => {
  it('reads values as YAML 1.2 does: yes is a text, 010 is ten', () => {
    expect(onlyValue('a: yes\nb: 010\nc: true\nd: 1.5\ne: ~\nf: 2001:db8::/64\n')).toEqual({
      a: 'yes',
      b: 10,
      c: true,
      d: 1.5,
      e: null,
      f: '2001:db8::/64',
    });
  });

  it('reads JSON, and a text with a byte order mark and Windows line ends', () => {
    expect(onlyValue('{"a": [1, "b"]}')).toEqual({ a: [1, 'b'] });
    expect(onlyValue('\ufeffa: 1\r\nb: 2\r\n')).toEqual({ a: 1, b: 2 });
  });

  it('merges anchored keys', () => {
    expect(onlyValue('a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n')).toEqual({ a: { x: 1 }, b: { x: 1, y: 2 } });
  });

  it('leaves empty documents out', () => {
    expect(readYaml('')).toEqual([]);
    expect(readYaml('# nothing\n---\n---\n# still nothing\n')).toEqual([]);
    expect(readYaml('---\na: 1\n---\n').length).toBe(1);
  });

  it('keeps the documents around a bad one', () => {
    const documents = readYaml('a: 1\n---\nb: [1\n---\nc: 3\n');
    expect(documents.map((document) => (document.ok ? document.value : 'bad'))).toEqual([{ a: 1 }, 'bad', { c: 3 }]);
  });

  it('tells the line of a key, of an item, and of the nearest thing above a missing key', () => {
    const [document] = readYaml('# head\na:\n  - b: 1\n  - b: 2\n    c: 3\n');
    if (document?.ok !== true) throw new Error('not read');
    expect(document.lineOf(['a'])).toBe(2);
    expect(document.lineOf(['a', 1])).toBe(4);
    expect(document.lineOf(['a', 1, 'c'])).toBe(5);
    expect(document.lineOf(['a', 1, 'missing'])).toBe(4);
    expect(document.lineOf(['a', 7, 'b'])).toBe(2);
    expect(document.lineOf([])).toBe(2);
  });
});

describe('a YAML text that is', () => {
  it.each([
    ['cut off', 'a: [1\nb: 2\n', '2:1 Flow sequence in block collection'],
    ['wrongly nested', 'a: b: c\n', '1:4 Nested mappings'],
    ['indented by tabs', 'a:\n\t- b\n', '2:1 Tabs are not allowed'],
    ['repeating a key', 'a: 1\nb:\n  c: 1\n  "c": 2\n', '4:3 key "c" occurs twice'],
    ['using a list as a key', '? [a]\n: 1\n', '1:1 a key is not a plain text'],
    ['of an unknown tag', 'a: !!js/function x\n', '1:4 Unresolved tag'],
    ['using an alias without its anchor', 'a: *b\n', '1:4 alias *b refers to nothing'],
    ['an alias inside of what it stands for', 'a: &a [*a]\n', '1:8 alias *a contains itself'],
    ['of another version', '%YAML 9.9\n---\na: 1\n', '1:7 Unsupported YAML version'],
  ])('%s is a fault with line and column', (_what, text, fault) => {
    expect(faultOf(text)).toContain(fault);
  });

  // Each of these exhausts the memory, the stack or the patience of a reader without bounds.
  it.each([
    ['nested thousands deep in brackets', '['.repeat(5_000) + ']'.repeat(5_000), 'nested too deeply'],
    [
      'nested thousands deep in keys',
      Array.from({ length: 3_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'nested',
    ],
    ['nested thousands deep in lists', '- '.repeat(5_000), 'nested too deeply'],
    ['an endless row of documents', '---\n'.repeat(5_000), 'more than 1000 documents'],
    [
      'an endless row of keys',
      Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n'),
      'more than 100000 parts',
    ],
    ['an endless row of aliases', `- &a 1\n${'- *a\n'.repeat(500)}`, 'more than 100 aliases'],
    [
      'a bomb of aliases of aliases',
      'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]\n',
      'Excessive alias count',
    ],
  ])('%s is refused as a whole', (_what, text, fault) => {
    expect(readYaml(text)).toHaveLength(1);
    expect(faultOf(text)).toContain(fault);
  });

  it('long but flat is read', () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`).join('\n');
    expect(Object.keys(Object(onlyValue(text)))).toHaveLength(10_000);
  });
});
