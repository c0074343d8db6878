// @module-tag real
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileC, hasCompiler } from '../../packaging/compile-plugin.ts';

/** Objects and lists inside each other that the plugin follows. */
const MAX_DEPTH = 128;
/** Bytes of a value that the harness has room for. */
const MOST_VALUE_BYTES = 108;

/** What JSON.parse makes of a text, in the words of the harness. */
function expected(text: string): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'refused';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json) || depth(text) > MAX_DEPTH) return 'refused';
  const fields = new Map<string, unknown>(Object.entries(json));
  return `object ${field(fields, 'socket')} ${field(fields, 'cniVersion')}`;
}

function field(fields: ReadonlyMap<string, unknown>, key: string): string {
  const value = fields.get(key);
  if (!fields.has(key)) return '-';
  if (typeof value !== 'string' || value.includes('\0') || Buffer.byteLength(value) > MOST_VALUE_BYTES) return '!';
  return Buffer.from(value).toString('hex');
}

/** Depth of a text that is JSON: brackets outside of strings. */
function depth(text: string): number {
  let deepest = 0;
  let now = 0;
  for (const bracket of text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/[^{}[\]]/g, '')) {
    now += bracket === '{' || bracket === '[' ? 1 : -1;
    deepest = Math.max(deepest, now);
  }
  return deepest;
}

const blank = fc.constantFrom('', ' ', '\n', '\t\r');
const escaped = fc.string({ unit: 'binary' }).map((text) => {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
});
const string = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  escaped,
  fc.string({ unit: fc.constantFrom('\\', 'u', '0', '4', '1', '"', 'n', 'd83d') }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"socket"',
    '"\\u0073ocket"',
    '"cniVersion"',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\ude00\\ud83d"',
    '"a\\/\\b"',
  ),
);
const scalar = fc.oneof(
  string,
  fc.constantFrom('0', '-0', '1e9', '-1.5E-3', '1e+400', 'true', 'false', 'null'),
  fc.double().map(String),
);
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie('list'), tie('object')),
  list: fc
    .tuple(blank, fc.array(tie('json'), { maxLength: 4 }))
    .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}]`),
  object: fc
    .array(fc.tuple(blank, string, tie('json')), { maxLength: 4 })
    .map((members) => `{${members.map(([gap, key, value]) => `${gap}${key}${gap}:${value}${gap}`).join(',')}}`),
}));
/** Configurations, most with the two keys, sometimes with one of them twice or with values of all kinds. */
const configuration = fc
  .array(fc.tuple(fc.constantFrom('"socket"', '"\\u0073ocket"', '"cniVersion"', '"name"', '"socket\\u0000"'), json), {
    maxLength: 5,
  })
  .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`);
/** JSON with one character taken out, put in or changed: nearly right, which is where scanners differ. */
const nearlyJson = fc
  .tuple(fc.oneof(json, configuration), fc.nat(), fc.nat(1), fc.constantFrom('', ...'{}[]",:\\u0e+-. \n\u0001t\0'))
  .map(([text, place, taken, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  });
const soup = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01e+-.', 'true', 'null', ' ', '"socket":"/a"') });

describe.skipIf(!hasCompiler)('the JSON scanner of the plugin (needs a C compiler)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flock-scan-'));
  const harness = join(folder, 'scan');

  beforeAll(() => {
    const program = join(import.meta.dirname, '..', 'unit', 'cni', 'plugin', 'scan.c');
    const scanner = join(import.meta.dirname, '..', '..', 'src', 'cni', 'plugin', 'json.c');
    compileC([program, scanner], harness);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function scan(texts: readonly string[]): string[] {
    const frames = texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(bytes.length);
      return [head, bytes];
    });
    const { status, stdout } = spawnSync(harness, { input: Buffer.concat(frames), timeout: 5_000 });
    expect(status).toBe(0);
    return stdout.toString().replace(/\n$/, '').split('\n'); // An empty value at the end of a line is a blank.
  }

  it('agrees with JSON.parse on thousands of texts, right, nearly right and wrong', () => {
    const seen = new Map<string, number>();
    const texts = fc.array(
      fc.oneof(
        { weight: 2, arbitrary: configuration },
        { weight: 1, arbitrary: json },
        { weight: 4, arbitrary: nearlyJson },
        { weight: 1, arbitrary: soup },
      ),
      { minLength: 1, maxLength: 400, size: 'max' },
    );
    fc.assert(
      fc.property(texts, (batch) => {
        // Half of a surrogate pair becomes U+FFFD on its way through UTF-8, so JSON.parse gets what the scanner got.
        const sent = batch.map((text) => Buffer.from(text).toString());
        const wanted = sent.map((text) => {
          const [word = '', ...fields] = expected(text).split(' ');
          seen.set(word, (seen.get(word) ?? 0) + 1);
          return [word, ...fields].join(' ');
        });
        expect(scan(sent)).toEqual(wanted);
      }),
      { numRuns: 25 },
    );
    expect(seen.get('object')).toBeGreaterThan(500);
    expect(seen.get('refused')).toBeGreaterThan(500);
  });

  it.each([
    ['the last of two equal keys', '{"socket":"/a","socket":"/b"}'],
    ['only keys at the top', '{"x":{"socket":"/a"},"y":[{"cniVersion":"1"}]}'],
    ['escapes in key and value', '{"\\u0073\\u006fcket":"\\/run\\u002fa\\u00e9\\ud83d\\ude00\\ud800"}'],
    ['an escaped backslash before a letter', '{"socket":"\\\\u0041","cniVersion":"\\\\n"}'],
    ['no NUL in a value', '{"socket":"\\u0000/a","cniVersion":"a\\u0000"}'],
    ['a value that just fits', `{"socket":"${'a'.repeat(108)}","cniVersion":"${'é'.repeat(54)}"}`],
    ['no value that is too long', `{"socket":"${'a'.repeat(109)}","cniVersion":"${'\\u00e9'.repeat(55)}"}`],
    ['an object that is just not too deep', `${'{"a":'.repeat(127)}{}${'}'.repeat(127)}`],
    ['no object that is too deep', `${'{"a":'.repeat(128)}{}${'}'.repeat(128)}`],
    ['nothing that would exhaust the stack', `{"a":${'['.repeat(500_000)}`],
    ['an empty value', '{"cniVersion":""}'],
    ['nothing', ''],
  ])('takes %s', (_what, text) => {
    const shown = scan([text]);
    expect(shown).toEqual([expected(text)]);
  });
});
