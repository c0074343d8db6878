import { describe, expect, it } from 'vitest';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import { HELPER_USES } from '../../src/bird/templates/helpers.ts';
import { loadTemplates } from '../../src/bird/templates/templates.ts';
import type { ViewValue } from '../../src/bird/view/safe-view.ts';
import { buildView } from '../../src/bird/view/view.ts';
import { parseConfig } from '../../src/config/load.ts';
import { facts } from '../unit/bird/fixtures.ts';
import { TemplateFolder } from '../unit/bird/templates/template-fixture.ts';
import { codesIn, readDocument, subjectsOf, tableUnder } from './markdown.ts';

const readme = readDocument('templates/README.md');

/** A configuration in which no list of objects is empty, so that every value there is can be seen. */
const RICH = `
pools: { ipv4: 10.1.1.0/24, ipv6: 2001:db8:1:1::/64 }
bgp:
  asn: 64601
  peers:
    - name: tor1
      address: 10.0.0.254
      asn: 64600
      families: [ipv4, ipv6]
      export: { communities: ["64601:1"], largeCommunities: ["64601:1:2"], med: 1, prepend: 1 }
    - name: tor2
      address: 10.0.0.253
      asn: 64600
`;

const INPUT = { config: parseConfig(RICH, { hostname: 'node1' }), facts: facts({ tor1: '10.0.0.1' }) };

/** The names of everything inside a value, such as `peers[].name`. */
function namesIn(value: ViewValue, prefix = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((child) => namesIn(child, `${prefix.slice(0, -1)}[].`));
  if (typeof value !== 'object') return [];
  return Object.entries<ViewValue>(value).flatMap(([key, child]) => [
    `${prefix}${key}`,
    ...namesIn(child, `${prefix}${key}.`),
  ]);
}

/** What the templates give with these files over the packaged ones. */
function render(files: Readonly<Record<string, string>>): string {
  using folder = new TemplateFolder(files);
  return createConfigRenderer(folder.path).render(INPUT);
}

describe('templates/README.md', () => {
  it('has every value that a template can see, and no other', () => {
    const names = new Set(namesIn(buildView(INPUT)));
    expect(names).toContain('peers[].channels[].communities[].asn');
    expect(subjectsOf(tableUnder(readme, 'Values').map((row) => row.slice(0, 1))).sort()).toEqual([...names].sort());
  });

  it('has every helper, and no other, with an example that works', () => {
    const rows = tableUnder(readme, 'Helpers');
    expect(subjectsOf(rows.map((row) => row.slice(0, 1)))).toEqual([...HELPER_USES.keys()]);
    for (const [helper = '', , example = ''] of rows) {
      const text = codesIn(example)[0] ?? '';
      expect(text).toBe(HELPER_USES.get(codesIn(helper)[0] ?? '')?.example);
      const inside = text.includes('disabled') ? `{{#each peers}}${text}{{/each}}` : text;
      const inFamily = /number|neverImported/.test(text) ? `{{#each families}}${text}{{/each}}` : inside;
      expect(() => render({ 'partials/extra.hbs': inFamily }), text).not.toThrow();
    }
  });

  it('has every packaged template, and no other', () => {
    const files = ['Files', 'Hooks'].flatMap((heading) =>
      subjectsOf(tableUnder(readme, heading).map((row) => row.slice(0, 1))),
    );
    expect(files.sort()).toEqual([...loadTemplates(undefined).files.keys()].sort());
  });

  it('names as hooks the templates that are empty, and no other', () => {
    const empty = [...loadTemplates(undefined).files.values()].filter(
      ({ text }) => text.replace(/\{\{!--.*?--\}\}\n/gs, '') === '',
    );
    const hooks = subjectsOf(tableUnder(readme, 'Hooks').map((row) => row.slice(0, 1)));
    expect(hooks.sort()).toEqual(empty.map(({ name }) => name).sort());
  });

  it.each(tableUnder(readme, 'Hooks').map(([file = '', , values = '']) => [codesIn(file)[0] ?? '', values] as const))(
    'promises of the hook %s what is true: it is called, with these values: %s',
    (file, values) => {
      const of = (name: string): string[] =>
        [...new Set(namesIn(buildView(INPUT)))]
          .filter((key) => key.startsWith(name))
          .map((key) => key.slice(name.length))
          .filter((key) => !/[.[]/.test(key));
      const promised =
        {
          all: of(''),
          'a peer': of('peers[].'),
          'a channel': of('peers[].channels[].'),
          'a family': of('families[].'),
        }[values] ?? codesIn(values);
      expect(promised.length).toBeGreaterThan(3 - 1);
      const uses = promised.map((name) => `{{#if ${name}}}{{/if}}`).join('');
      expect(render({ [file]: `# called ${uses}\n` })).toContain('# called');
    },
  );

  it('names the data of lists that there are', () => {
    expect(
      render({
        'partials/extra.hbs':
          '{{#each peers}}\n# {{@index}} {{@first}} {{@last}} {{@root.routerId}} {{../routerId}}\n{{/each}}\n',
      }),
    ).toContain('# 0 true false 10.0.0.1 10.0.0.1\n# 1 false true 10.0.0.1 10.0.0.1\n');
  });
});
