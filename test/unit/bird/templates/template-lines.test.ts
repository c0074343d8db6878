import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOffline } from '../../../../src/bird/judge/offline-check.ts';
import { explainRefusal } from '../../../../src/bird/judge/refusal.ts';
import { ANNOUNCEMENTS_FILE } from '../../../../src/bird/names.ts';
import { createConfigRenderer } from '../../../../src/bird/render/render.ts';
import { PACKAGED_TEMPLATES } from '../../../../src/bird/templates/templates.ts';
import { hasBird } from '../../../golden/judge.ts';
import { config, facts, peer } from '../fixtures.ts';
import { TemplateFolder } from './template-fixture.ts';

const INPUT = {
  config: config({ peers: [peer('tor1', '10.0.0.254', { families: [4, 6] }), peer('tor2', '10.0.0.253')] }),
  facts: facts({ tor1: '10.0.0.1' }),
};

/** Every line of the text with `file:line` in front, as far as the file lies in the folder. */
function located(folder: TemplateFolder): string[] {
  const renderer = createConfigRenderer(folder.path);
  const lines = renderer.render(INPUT).trimEnd().split('\n');
  return lines.map((text, index) => {
    const place = renderer.locate(index + 1);
    return `${place === undefined ? '-' : `${place.file.replace(`${folder.path}/`, '')}:${place.line}`} ${text}`;
  });
}

/** What a line of a template can give: its own text around its values and conditions. */
function gives(templateLine: string, text: string): boolean {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [before = ''] = templateLine.split('{{');
  const after = templateLine.includes('{{') ? templateLine.slice(templateLine.lastIndexOf('}}') + 2) : undefined;
  const pattern = after === undefined ? literal(before) : `${literal(before)}.*${literal(after)}`;
  return new RegExp(`^\\s*${pattern.trim()}\\s*$`).test(text);
}

describe('the template line behind a line of bird.conf', () => {
  it('is right for every line that the packaged templates give', () => {
    const renderer = createConfigRenderer(undefined);
    const lines = renderer.render(INPUT).split('\n');
    const files = new Set<string>();
    for (const [index, text] of lines.entries()) {
      const place = renderer.locate(index + 1);
      if (index < 2 || text.trim() === '') continue;
      if (place === undefined) throw new Error(`line ${index + 1} has no place: ${text}`);
      files.add(place.file);
      const written = readFileSync(place.file, 'utf8').split('\n')[place.line - 1] ?? '';
      expect(gives(written, text), `${place.file}:${place.line} ${written} gives ${text}`).toBe(true);
    }
    expect([...files]).toContain(join(PACKAGED_TEMPLATES, 'partials/peer.hbs'));
    expect(files.size).toBeGreaterThan(6);
  });

  it('is found through blocks, lists, values at the beginning of a line, and partials in partials', () => {
    using folder = new TemplateFolder({
      'partials/extra.hbs': [
        '{{!-- a comment',
        '     of two lines --}}',
        'first',
        '{{#each peers}}',
        '{{#if disabled}}',
        '{{name}} off',
        '{{else}}',
        '{{name}} on',
        '{{/if}}',
        '  {{> inner}}',
        '{{/each}}',
        '{{routerId}}{{routerId}} twice',
        '{{#if peers}}one{{/if}} line',
        'last',
      ].join('\n'),
      'partials/inner.hbs': 'inner {{name}}\n\n\n\n{{#each channels}}\n{{channel}}\n{{/each}}',
    });
    const lines = located(folder);
    const at = lines.findIndex((line) => line.endsWith(' first'));
    expect(lines.slice(at).filter((line) => !line.endsWith(' '))).toEqual([
      'partials/extra.hbs:3 first',
      'partials/extra.hbs:8 tor1 on',
      'partials/inner.hbs:1   inner tor1',
      'partials/inner.hbs:6   ipv4',
      'partials/inner.hbs:6   ipv6',
      'partials/extra.hbs:6 tor2 off',
      'partials/inner.hbs:1   inner tor2',
      'partials/inner.hbs:6   ipv4',
      'partials/extra.hbs:12 10.0.0.110.0.0.1 twice',
      'partials/extra.hbs:13 one line',
      'partials/extra.hbs:14 last',
    ]);
  });

  it("is none for flockd's own header and beyond the end", () => {
    const renderer = createConfigRenderer(undefined);
    expect(renderer.locate(5)).toBeUndefined();
    const text = renderer.render(INPUT);
    expect(renderer.locate(1)).toBeUndefined();
    expect(renderer.locate(0)).toBeUndefined();
    expect(renderer.locate(text.split('\n').length + 1)).toBeUndefined();
    expect(renderer.locate(Number.NaN)).toBeUndefined();
  });

  it('stays with its text when another one is rendered', () => {
    using folder = new TemplateFolder({ 'partials/extra.hbs': '{{#each peers}}\n# {{name}}\n{{/each}}\n# end\n' });
    const renderer = createConfigRenderer(folder.path);
    const lines = renderer.render(INPUT).trimEnd().split('\n').length;
    const { locate } = renderer;
    renderer.render({ ...INPUT, config: config() });
    expect(locate(lines)?.line).toBe(4);
  });

  it('leaves no trace in the text', () => {
    using folder = new TemplateFolder({
      'partials/extra.hbs': '\t{{> a}}\n# {{routerId}}\n',
      'partials/a.hbs': '\n#\n{{#if peers}}{{/if}}',
    });
    const renderer = createConfigRenderer(folder.path);
    const before = renderer.render(INPUT);
    renderer.locate(10);
    expect(renderer.render(INPUT)).toBe(before);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
    expect(before).not.toMatch(/[\u0000-\u0008]/);
  });
});

describe("a refusal in BIRD's words", () => {
  it('is never lost, whatever it says', () => {
    const position = fc.tuple(
      fc.constantFrom('/b/bird.conf', 'bird.conf', '/x'),
      fc.integer(),
      fc.integer(),
      fc.string(),
    );
    const said = fc.oneof(
      fc.string(),
      position.map(([file, line, column, what]) => `${file}:${line}:${column} ${what}`),
    );
    const place = { file: '/t/extra.hbs', line: 7, packaged: false };
    fc.assert(
      fc.property(said, fc.string(), (words, text) => {
        const explained = explainRefusal(words, ['/b/bird.conf'], text, () => place);
        expect([words, `/t/extra.hbs:7 (${words})`]).toContain(explained);
      }),
    );
  });
});

describe.skipIf(!hasBird)("BIRD's refusal (needs bird)", () => {
  /** What the real BIRD says of the templates, explained. */
  async function refusalOf(folder: TemplateFolder): Promise<string> {
    const renderer = createConfigRenderer(folder.path);
    const text = renderer.render(INPUT);
    const path = folder.write('bird.conf', text);
    folder.write(ANNOUNCEMENTS_FILE, '');
    const verdict = await checkOffline(path);
    if (verdict.verdict !== 'refused') throw new Error(`BIRD says ${verdict.verdict}`);
    return explainRefusal(verdict.message, [path], text, renderer.locate)
      .replaceAll(folder.path, 'X')
      .replaceAll(PACKAGED_TEMPLATES, 'OURS');
  }

  it.each([
    [
      'a word that BIRD does not know',
      'partials/extra.hbs',
      '# one\n{{#if peers}}\nnonsense here;\n{{/if}}\n',
      /^X\/partials\/extra\.hbs:3 \(X\/bird\.conf:\d+:1 syntax error/,
    ],
    [
      'a name that is not there',
      'partials/extra.hbs',
      'protocol static {\n\tipv4 { import filter nothing; };\n}\n',
      /^X\/partials\/extra\.hbs:2 \(X\/bird\.conf:/,
    ],
    [
      'a semicolon too few inside the file',
      'partials/extra.hbs',
      'protocol static {\n\tipv4\n}\n',
      /^X\/partials\/extra\.hbs:3 \(X/,
    ],
    [
      'a semicolon too few at its end',
      'partials/log.hbs',
      'log syslog all\n',
      /^X\/partials\/log\.hbs:1 or OURS\/bird\.conf\.hbs:\d+ \(X\/bird\.conf:\d+:\d+ syntax error/,
    ],
  ])('of %s names the template and its line', async (_what, name, text, expected) => {
    using folder = new TemplateFolder({ [name]: text });
    expect(await refusalOf(folder)).toMatch(expected);
  });

  it('of a hook names its line beside that of the template around it, where both are the operator’s', async () => {
    const filters = readFileSync(join(PACKAGED_TEMPLATES, 'partials/filters.hbs'), 'utf8');
    const hook = { 'partials/filters.hbs': filters, 'partials/export-extra.hbs': 'if 1 then accept;\n' };
    using folder = new TemplateFolder(hook);
    const both =
      /^X\/partials\/filters\.hbs:\d+ or X\/partials\/export-extra\.hbs:1 \(X\/bird\.conf:\d+:\d+ Argument 1/;
    expect(await refusalOf(folder)).toMatch(both);
  });

  it('of a file that a template includes stays as it is', async () => {
    using folder = new TemplateFolder({ 'partials/extra.hbs': 'include "sub/bird.conf";\n' });
    mkdirSync(folder.at('sub'));
    writeFileSync(folder.at('sub/bird.conf'), '\n\nnonsense;\n');
    expect(await refusalOf(folder)).toMatch(/^X\/sub\/bird\.conf:3:1 syntax error/);
  });
});
