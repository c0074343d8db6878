import { describe, expect, it } from 'vitest';
import { createConfigRenderer } from '../../../../src/bird/render/render.ts';
import { config, facts, peer, thrownBy } from '../fixtures.ts';
import { TemplateFolder } from './template-fixture.ts';

const INPUT = {
  config: config({ peers: [peer('tor1', '10.0.0.254', { families: [4, 6] })] }),
  facts: facts({ tor1: '10.0.0.1' }),
};

/** What is said of a set of templates, without the folder's path. */
function faultOf(files: Readonly<Record<string, string>>): string {
  using folder = new TemplateFolder(files);
  const error = thrownBy(() => createConfigRenderer(folder.path).render(INPUT));
  expect(error).toMatchObject({ code: 'configurationInvalid' });
  return error.message.replaceAll(folder.path, 'X');
}

describe('a name that does not exist is found', () => {
  it.each([
    [
      'in a block',
      '{{#if peers}}\n{{routrId}}\n{{/if}}',
      'line 2: there is no value "routrId"; did you mean "routerId"?',
    ],
    [
      'in the other branch',
      '{{#if routerId}}{{else}}\n{{#if equ 1 2}}{{/if}}{{/if}}',
      'line 2: "if" takes one value, not 3',
    ],
    [
      'in a list in a list',
      '{{#each peers}}\n{{#each channels}}\n{{chanel}}{{/each}}{{/each}}',
      'line 3: there is no value "chanel"; did you mean "channel"?',
    ],
    [
      'one level up',
      '{{#each peers}}\n{{#each channels}}\n{{../adress}}{{/each}}{{/each}}',
      'line 3: there is no value "adress"; did you mean "address"?',
    ],
    [
      'from the root',
      '{{#each peers}}\n{{@root.routrId}}{{/each}}',
      'line 2: there is no value "routrId"; did you mean "routerId"?',
    ],
    [
      'by a block parameter',
      '{{#each peers as |p|}}\n{{p.adress}}{{/each}}',
      'line 1: block parameters (as |…|) are not supported; write {{name}} and {{../name}}',
    ],
    [
      'in "with"',
      '{{#with peers.[0]}}\n{{adress}}{{/with}}',
      'line 2: there is no value "adress"; did you mean "address"?',
    ],
    [
      'as what a list is made of',
      '\n{{#each peerz}}{{/each}}',
      'line 2: there is no value "peerz"; did you mean "peers"?',
    ],
    [
      'among the data of a list',
      '{{#each peers}}\n{{#if @frist}}{{/if}}{{/each}}',
      'line 2: there is no value "frist"',
    ],
    ['as the context of a partial', '\n{{> log peerz}}', 'line 2: there is no value "peerz"; did you mean "peers"?'],
    ['as a value for a partial', '\n{{> log x=peerz}}', 'line 2: there is no value "peerz"; did you mean "peers"?'],
    [
      'as an argument inside an argument',
      '\n{{#if (eq (join peerz ",") 1)}}{{/if}}',
      'line 2: there is no value "peerz"; did you mean "peers"?',
    ],
    [
      'where a value stands that has none below it',
      '\n{{#each peers}}{{address.family}}{{/each}}',
      'line 2: there is no value "family" in what precedes it',
    ],
    [
      'among the values of another context',
      '\n{{address}}',
      'line 2: there is no value "address" here, only peers[].address',
    ],
    [
      'among those of two other contexts',
      '{{#each peers}}\n{{number}}{{/each}}',
      'line 2: there is no value "number" here, only families[].number and peers[].channels[].number',
    ],
    [
      'outside of the list',
      '{{#each peers}}\n{{routerId}}{{/each}}',
      'line 2: there is no value "routerId" here, only @root.routerId',
    ],
  ])('%s', (_what, text, message) => {
    expect(faultOf({ 'partials/extra.hbs': text })).toContain(`template X/partials/extra.hbs, ${message}`);
  });

  it('in a partial of a partial, and named by the file that it stands in', () => {
    const files = {
      'partials/extra.hbs': '{{#each peers}}\n{{> a}}{{/each}}',
      'partials/a.hbs': '{{> b}}',
      'partials/b.hbs': '\n\n{{adress}}',
    };
    expect(faultOf(files)).toContain('template X/partials/b.hbs, line 3: there is no value "adress"');
    expect(faultOf({ ...files, 'partials/b.hbs': '\n{{> filter}}' })).toContain(
      'template X/partials/b.hbs, line 2: there is no partial "filter"; did you mean "filters"?',
    );
    expect(faultOf({ ...files, 'partials/b.hbs': '\n{{joyn peers ","}}' })).toContain(
      'template X/partials/b.hbs, line 2: there is no helper "joyn"; did you mean "join"?',
    );
  });

  it('in a partial that nothing uses, so that it is known before it is used', () => {
    expect(faultOf({ 'partials/mine.hbs': '\n{{joyn peers ","}}' })).toContain(
      'X/partials/mine.hbs, line 2: there is no helper',
    );
  });
});

describe('a helper that is called wrongly is refused with its line and an example:', () => {
  it.each([
    ['no value', '\n{{#each}}{{/each}}', 'line 2: "each" takes one value, not 0; write {{#each peers}}…{{/each}}'],
    ['too many', '\n{{#unless peers routerId}}{{/unless}}', 'line 2: "unless" takes one value, not 2'],
    ['named values', '\n{{#if peers x=1}}{{/if}}', 'line 2: "if" takes no named values'],
    ['no block', '\n{{each peers}}', 'line 2: "each" needs a block'],
    ['a block too many', '\n{{#eq 1 1}}x{{/eq}}', 'line 2: "eq" takes no block'],
    ['a text where a list must be', '\n{{#each routerId}}x{{/each}}', 'line 2: "each" takes a list, not a text'],
    [
      'a number where a list must be',
      '{{#each peers}}\n{{#each asn}}x{{/each}}{{/each}}',
      'line 2: "each" takes a list, not a number',
    ],
    [
      'a section of Mustache',
      '\n{{#peers}}x{{/peers}}',
      'line 2: "peers" is not a helper; write {{#if peers}}, {{#unless peers}} or {{#each peers}}',
    ],
    ['an inverted section', '\n{{^peers}}x{{/peers}}', 'line 2: "peers" is not a helper; write {{#if peers}}'],
    ['a list of objects', '\n{{join peers ","}}', 'line 2: "join" takes a list of texts or numbers'],
  ])('%s', (_what, text, message) => {
    expect(faultOf({ 'partials/extra.hbs': text })).toContain(`template X/partials/extra.hbs, ${message}`);
  });

  it('but "if", "unless" and "with" work in each other', () => {
    using folder = new TemplateFolder({
      'partials/extra.hbs':
        '{{#unless (eq 1 2)}}{{#if peers}}{{#with peers.[0]}}# {{name}}{{/with}}{{/if}}{{/unless}}\n',
    });
    expect(createConfigRenderer(folder.path).render(INPUT)).toMatch(/\n# tor1\n$/);
  });
});

describe('partials that include each other without end are refused', () => {
  it.each([
    [{ 'partials/extra.hbs': 'a\n{{> extra}}' }, 'extra.hbs, line 2: {{> extra}} includes itself without end'],
    [
      {
        'partials/extra.hbs': '{{> a}}',
        'partials/a.hbs': '\n\n{{#if peers}}{{> b}}{{/if}}',
        'partials/b.hbs': '{{> a}}',
      },
      'a.hbs, line 3: {{> b}} includes itself without end: b → a → b',
    ],
    [
      { 'partials/peer-extra.hbs': '\n{{> options}}' },
      'peer-extra.hbs, line 2: {{> options}} includes itself without end: options → peer-extra → options',
    ],
    [
      { 'partials/extra.hbs': '{{> small}}\n{{> extra}}', 'partials/small.hbs': '{{#each peers}}{{name}}{{/each}}' },
      'extra.hbs, line 2: {{> extra}} includes itself without end',
    ],
  ])('at the line that says so', (files, message) => {
    expect(faultOf(files)).toBe(`template X/partials/${message}`);
  });

  it('at the circle that has no end, whatever else goes round and stops', () => {
    const files = {
      // A circle as the text stands, which no peer goes round in.
      'partials/extra.hbs': '{{#each peers}}{{> deep}}{{/each}}{{> x}}',
      'partials/deep.hbs': '{{#if disabled}}{{> deep}}{{/if}}',
      'partials/x.hbs': '{{#each peers}}{{> deep}}{{/each}}\n{{> y}}',
      'partials/y.hbs': '\n\n{{> z}}',
      'partials/z.hbs': '{{> x}}',
    };
    for (let round = 0; round < 3; round += 1) {
      expect(faultOf(files)).toMatch(/x\.hbs, line 2: \{\{> y\}\} includes itself without end: y → z → x → y$/);
    }
  });

  it('also when it is longer than the stack of JavaScript is deep', () => {
    const names = Array.from({ length: 900 }, (_, n) => [`partials/p${n}.hbs`, `{{> p${(n + 1) % 900}}}`]);
    const files = { 'partials/extra.hbs': '{{> p0}}', ...Object.fromEntries(names) };
    // Whether the stack ends before the circle has been gone round once, or long after it.
    const deep = (levels: number): string | undefined => (levels === 0 ? faultOf(files) : deep(levels - 1));
    for (const levels of [0, 1_000, 3_000]) {
      expect(deep(levels)).toMatch(/p0\.hbs, line 1: .* includes itself without end: p1 → p2 → .* → p0 → p1$/);
    }
  });

  it('but not while they are unused', () => {
    using folder = new TemplateFolder({ 'partials/a.hbs': '{{> b}}', 'partials/b.hbs': '{{> a}}' });
    expect(createConfigRenderer(folder.path).render(INPUT)).toContain('protocol bgp tor1');
  });
});

it.each([
  ['a\n{{#if peers}}\n', 'line 3: cannot be read: a block is open at its end; close it with {{/…}}'],
  ['a\n{{/if}}\n', 'line 2: cannot be read: {{/…}} closes no block'],
  ['a\n{{', 'line 2: cannot be read: a {{ is not closed with }}, or its content is not a value, helper or partial'],
  ['a\n{{#if', 'line 2: cannot be read: a {{ is not closed with }}, or its content is not a value, helper or partial'],
  ['{{a;}}', 'line 1: cannot be read: a {{ is not closed with }}, or its content is not a value, helper or partial'],
])('%j cannot be read, and the message says it in plain words', (text, message) => {
  expect(faultOf({ 'partials/extra.hbs': text })).toBe(`template X/partials/extra.hbs, ${message}`);
});

describe('a message about a template', () => {
  it('never shows the value that was used wrongly, which may be a password', () => {
    for (const use of ['{{routerId.x}}', '{{#each routerId}}{{/each}}', '{{join routerId ","}}', '{{routerId.x.y}}']) {
      expect(faultOf({ 'partials/extra.hbs': use })).not.toContain('10.0.0.1');
    }
  });
});
