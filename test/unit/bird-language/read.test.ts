import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskFiles } from '../../../src/bird-language/text/disk-files.ts';
import { expandPattern, fits } from '../../../src/bird-language/text/glob.ts';
import { readConfig } from '../../../src/bird-language/text/read.ts';
import { configSet, memoryFiles } from './texts.ts';

const read = (files: Record<string, string>): string => {
  const { tokens, fault } = readConfig(configSet(files));
  return fault ?? tokens.join(' ');
};

describe('includes', () => {
  it('stand in the place of their line, relative to the file that includes them', () => {
    const files = {
      '/c/bird.conf': 'a\ninclude "d/x.conf";\nb',
      '/c/d/x.conf': 'x\ninclude "y.conf";',
      '/c/d/y.conf': 'y',
    };
    expect(read(files)).toBe('a x y b');
    expect(read({ '/c/bird.conf': 'include "/e/z";', '/e/z': 'z' })).toBe('z');
  });

  it('with a pattern take in what fits, sorted, without hidden files and folders', () => {
    const files = {
      '/c/bird.conf': 'include "d/*.conf";\ninclude "d/[1-2]?";\ninclude "d/none*";',
      ...{
        '/c/d/b.conf': 'b',
        '/c/d/a.conf': 'a',
        '/c/d/.h.conf': 'hidden',
        '/c/d/f.conf/inner': 'inner',
        '/c/d/1x': 'one',
      },
      '/c/d/3x': 'three',
    };
    expect(read(files)).toBe('a b one');
  });

  it('that cannot be read are a fault that names the file', () => {
    expect(read({ '/c/bird.conf': 'a\ninclude "gone";\nb' })).toBe('/c/gone cannot be read');
    expect(read({ '/c/bird.conf': 'include "gone/*";' })).toBe('/c/gone/* cannot be searched');
    expect(read({})).toBe('/c/bird.conf cannot be read');
  });

  it('may be nested eight files deep, and no file may include itself', () => {
    const chain = (length: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length }, (_, index) => [
          index === 0 ? '/c/bird.conf' : `/c/${index}`,
          index + 1 < length ? `include "${index + 1}";` : 'end',
        ]),
      );
    expect(read(chain(8))).toBe('end');
    expect(read(chain(9))).toContain('/c/7 includes 8, and no more than 8 files');
    expect(read({ '/c/bird.conf': 'include "bird.conf";' })).toContain('no more than 8 files');
  });

  it('that multiply are given up', () => {
    const twenty = (name: string): string => `include "${name}";\n`.repeat(20);
    const files = {
      '/c/bird.conf': twenty('a'),
      '/c/a': twenty('b'),
      '/c/b': twenty('d'),
      '/c/d': twenty('e'),
      '/c/e': 'x',
    };
    expect(read(files)).toBe('/c/bird.conf includes more than can be compared');
  });
});

describe('patterns', () => {
  it('fit as glob(7) says', () => {
    const cases: [string, string, boolean][] = [
      ...([
        ['*', 'a', true],
        ['*', '.a', false],
        ['.*', '.a', true],
        ['a*b*c', 'aXbYbZc', true],
      ] as [string, string, boolean][]),
      ...([
        ['a*b', 'aXc', false],
        ['?', '', false],
        ['[abc]', 'b', true],
        ['[!abc]', 'b', false],
      ] as [string, string, boolean][]),
      ...([
        ['[a-c]x', 'bx', true],
        ['[]]', ']', true],
        ['[a', '[a', true],
        ['x[', 'x[', true],
      ] as [string, string, boolean][]),
    ];
    for (const [pattern, name, result] of cases) expect(fits(pattern, name), `${pattern} ${name}`).toBe(result);
  });

  it('cost no more than their length times that of the name', () => {
    expect(fits('*a'.repeat(200), 'a'.repeat(5000))).toBe(true);
    expect(fits(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
  });

  it('may stand in the folders of a path', () => {
    const files = memoryFiles({ '/c/a1/x': '', '/c/a2/x': '', '/c/b/x': '' });
    expect(expandPattern(files, '/c/a*/x')).toEqual(['/c/a1/x', '/c/a2/x']);
    expect(expandPattern(files, '/c/a*/z*')).toEqual([]);
  });
});

describe('files of the disk', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flock-preview-'));
    writeFileSync(join(folder, 'real.conf'), 'real');
    mkdirSync(join(folder, 'inner'));
    symlinkSync('nowhere', join(folder, 'dangling'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read, but for those that a text stands in for', () => {
    const files = diskFiles(new Map([[join(folder, 'new.conf'), 'new']]));
    expect(files.text(join(folder, 'real.conf'))).toBe('real');
    expect(files.text(`${folder}/inner/../new.conf`)).toBe('new');
    expect([...(files.names(folder) ?? [])].sort()).toEqual(['dangling', 'inner', 'new.conf', 'real.conf']);
  });

  it('that cannot be read have no text', () => {
    const files = diskFiles();
    for (const name of ['inner', 'dangling', 'gone']) expect(files.text(join(folder, name))).toBeUndefined();
    expect(files.names(join(folder, 'gone'))).toBeUndefined();
    expect(files.text('/dev/zero')).toBeUndefined();
  });
});
