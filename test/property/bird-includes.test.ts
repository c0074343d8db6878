import { normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishPaths } from '../../src/bird/files/paths.ts';
import { includedFiles } from '../../src/bird/judge/include-walk.ts';
import { checkOffline } from '../../src/bird/judge/offline-check.ts';
import { stagedMain } from '../../src/bird/judge/operator-main.ts';
import { diskFiles } from '../../src/bird-language/text/disk-files.ts';
import { MAX_INCLUDE_DEPTH } from '../../src/bird-language/text/include-paths.ts';
import { includesOf } from '../../src/bird-language/text/lexer.ts';
import { TempFolder } from '../fakes/temp-folder.ts';
import { hasBird } from '../golden/judge.ts';
import { TemplateFolder } from '../unit/bird/templates/template-fixture.ts';

/** Statements and comments, each valid wherever a statement may stand, and each with something that looks like an include. */
const fragments = fc
  .array(
    fc.constantFrom(
      'include "FILE";\n',
      '\t include\t"FILE" \t;\n',
      'include "./FILE"; # include "FILE";\n',
      'define NAME = 1; # include "FILE";\n',
      '# include "FILE";\n',
      '# /*\n',
      '# "\n',
      '/* include "FILE"; */\n',
      '/*\ninclude "FILE";\n*/\n',
      '/* "\n*/\n',
      '/**/ /* # */\n',
      'define NAME = "/* x";\n',
      'define NAME = "don\'t /*";\n',
      "define 'a.NAME' = 1; # don't\n",
      'define NAME = "# x"; /*\ninclude "FILE"; # */\n',
      'define NAME = "include"; # */\n',
      'include "FILE"; /* x\ninclude "FILE";\n*/\n',
      '\n',
      'define NAME = 2; /* x */\n',
    ),
    { maxLength: 12 },
  )
  .map((parts) => {
    const names = new Set<string>();
    const text = parts
      .map((part, index) =>
        part.replaceAll('NAME', `name${index}`).replace(/FILE/g, () => {
          names.add(`f${names.size}`);
          return `f${names.size - 1}`;
        }),
      )
      .join('');
    return { text, names: [...names] };
  });

describe('the includes of a text', () => {
  it('never throw, and lie where they are said to lie', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fragments.map(({ text }) => text),
        ),
        (text) => {
          for (const { line, written, at } of includesOf(text)) {
            expect(text.slice(at, at + written.length)).toBe(written);
            expect(text.slice(0, at).split('\n').length).toBe(line);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("alone change in the copy of an operator's file, and no line moves", () => {
    using folder = new TempFolder();
    const paths = publishPaths(folder.at('bird.conf'), 'include');
    const patterns = [
      'FILE',
      'DIR/flock.conf',
      '../a.conf',
      'DIR/*.conf',
      'sub/../flock.conf',
      '/etc/passwd',
      'DIR/*/a',
    ];
    const texts = fc
      .tuple(fragments, fc.infiniteStream(fc.constantFrom(...patterns)))
      .map(([{ text }, written]) => text.replace(/f\d+(?=")/g, () => written.next().value ?? ''));
    fc.assert(
      fc.property(texts, (text) => {
        folder.write('bird.conf', text.replaceAll('DIR', folder.path));
        const { text: staged = text.replaceAll('DIR', folder.path), fault } = stagedMain(paths);
        expect(fault).toBeUndefined();
        const without = (one: string): string =>
          includesOf(one).reduceRight(
            (rest, { at, written }) => rest.slice(0, at) + rest.slice(at + written.length),
            one,
          );
        expect(without(staged)).toBe(without(text.replaceAll('DIR', folder.path)));
        expect(includesOf(staged).map(({ written }) => written)).not.toContain(folder.at('flock.conf'));
      }),
      { numRuns: 300 },
    );
  });

  it.skipIf(!hasBird)('are those that BIRD reads, and no other (needs bird)', async () => {
    await fc.assert(
      fc.asyncProperty(fragments, async ({ text, names }) => {
        using folder = new TempFolder();
        for (const name of names) folder.write(name, `define has_${name} = 1;\n`);
        const found = new Set(includesOf(text).map(({ written }) => written.replace('./', '')));
        const tail = 'router id 192.0.2.1;\nprotocol device { }\n';
        const all = folder.write(
          'all',
          `${text}\n${tail}${[...found].map((name) => `define a_${name} = has_${name};\n`).join('')}`,
        );
        expect(await checkOffline(all), text).toEqual({ verdict: 'accepted' });
        for (const name of names.filter((name) => !found.has(name))) {
          const one = folder.write('one', `${text}\n${tail}define has_${name} = 2;\n`);
          // BIRD refuses a constant that is defined twice: it must not have read this file.
          expect(await checkOffline(one), text).toEqual({ verdict: 'accepted' });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe.skipIf(!hasBird)('includes within includes (needs bird)', () => {
  it('are followed as deep as BIRD reads them, and no deeper', async () => {
    using folder = new TempFolder();
    const base = 'router id 192.0.2.1;\nprotocol device { }\n';
    const chain = (length: number): string => {
      for (let n = 1; n < length; n += 1) folder.write(`f${n}`, `include "f${n + 1}";\n`);
      folder.write(`f${length}`, '');
      return folder.write('main', `${base}include "f1";\n`);
    };
    const below = MAX_INCLUDE_DEPTH - 1;
    const deepest = chain(below);
    expect(await checkOffline(deepest)).toEqual({ verdict: 'accepted' });
    expect(includedFiles({ main: deepest, files: diskFiles() }).at(-1)).toEqual({
      file: folder.at(`f${below}`),
      from: folder.at(`f${below - 1}`),
      line: 1,
    });
    const tooDeep = chain(below + 1);
    expect((await checkOffline(tooDeep)).verdict).toBe('refused');
    expect(includedFiles({ main: tooDeep, files: diskFiles() })).toHaveLength(below);
  });
});

describe.skipIf(!hasBird)('a pattern in an include (needs bird)', () => {
  const name = fc.constantFrom(
    'a.conf',
    'b.conf',
    'ab.conf',
    'a-b.conf',
    'a]b',
    '.hidden.conf',
    'a.conf.tmp',
    'a{b}.conf',
    'A.conf',
    'a\\b',
  );
  const pattern = fc.constantFrom(
    '*.conf',
    '*',
    '?.conf',
    '[ab].conf',
    '[!a].conf',
    '[^a].conf',
    '[a-c]*',
    '.*.conf',
    'a]*',
    '[]a]*',
    'a{b}.con?',
    '*{a,b}*',
    '**',
    '[',
    'a[b',
    'a\\*',
    '[a.conf',
    '[.]hidden*',
    'a?b*',
    '../*/a.conf',
    'sub/*.conf',
    '*/a.conf',
    's?b/a.conf',
  );

  it('takes the files that BIRD takes, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name), pattern, async (names, written) => {
        using folder = new TemplateFolder();
        const files = [...names.map((one) => `set/${one}`), 'set/sub/a.conf', 'set/sub/.b.conf'];
        files.forEach((file, index) => {
          folder.write(file, `define has_${index} = 1;\n`);
        });
        const head = `router id 192.0.2.1;\nprotocol device { }\ninclude "${written}";\n`;
        const main = folder.write('set/.main', head);
        const found = new Set(includedFiles({ main, files: diskFiles() }).map(({ file }) => normalize(file)));
        for (const [index, file] of files.entries()) {
          folder.write('set/.main', `${head}define has_${index} = 2;\n`);
          const verdict = await checkOffline(main);
          expect(verdict.verdict === 'refused', `${written} takes ${file}`).toBe(found.has(folder.at(file)));
        }
      }),
      { numRuns: 40 },
    );
  });
});
