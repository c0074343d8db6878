import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FILE_HEADER, INCLUDE_LINE, isOurs } from '../../../src/bird/names.ts';
import { createConfigRenderer } from '../../../src/bird/render/render.ts';
import { config, facts, peer, thrownBy } from './fixtures.ts';

const INPUT = {
  config: config({ peers: [peer('tor1', '10.0.0.254', { families: [4, 6] })] }),
  facts: facts({ tor1: '10.0.0.1' }),
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flock-templates-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function overlay(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Renders with the operator's folder as it is. */
function render(): string {
  return createConfigRenderer(folder).render(INPUT);
}

describe("flock.conf, for an operator's own bird.conf", () => {
  const bird = { ...config().bird, mode: 'include' } as const;
  const input = { config: { ...INPUT.config, bird }, facts: facts({ tor1: '10.0.0.1' }, { routerId: undefined }) };
  const lines = (text: string): string[] => text.split('\n').filter((line) => !line.trim().startsWith('#'));

  it('has nothing that a configuration may have once, or that is for the host as a whole', () => {
    const text = lines(createConfigRenderer(undefined).render(input)).join('\n');
    expect(text).not.toMatch(/router id|timeformat|^log|protocol (device|kernel|direct)/m);
    for (const name of ['flock_export4', 'flock_export6', 'flock_kernel4', 'flock_kernel6'])
      expect(text).toContain(`filter ${name} {`);
    expect(text).toContain('protocol bgp tor1 from flock_peer {');
    expect(text).toContain(INCLUDE_LINE);
  });

  it('is known as ours', () => {
    expect(isOurs(createConfigRenderer(undefined).render(input))).toBe(true);
  });

  it("gives its sessions the router id of flock.yaml, and leaves BIRD's alone", () => {
    const text = createConfigRenderer(undefined).render({ ...input, facts: facts({ tor1: '10.0.0.1' }) });
    const templates = /template bgp flock_peer \{\n(.*?)\n\}/s.exec(text)?.[1];
    expect(templates).toContain('\trouter id 10.0.0.1;');
    expect(text.match(/router id/g)).toHaveLength(1);
    expect(render().match(/router id/g)).toHaveLength(1);
  });

  it('comes from a template of its own, with the same partials, whose mode a template can ask for', () => {
    overlay({
      'flock.conf.hbs': `# mine\n${INCLUDE_LINE}\n{{> extra}}\n`,
      'partials/extra.hbs': '# {{mode}}{{#if (eq mode "include")}} yes{{/if}}\n',
    });
    const renderer = createConfigRenderer(folder);
    expect(renderer.overlaid).toEqual(['flock.conf.hbs', 'partials/extra.hbs']);
    expect(renderer.render(input)).toBe(`${FILE_HEADER}\n\n# mine\n${INCLUDE_LINE}\n# include yes\n`);
    expect(renderer.locate(3)).toMatchObject({ file: join(folder, 'flock.conf.hbs'), line: 1 });
    expect(renderer.locate(5)).toMatchObject({ file: join(folder, 'partials/extra.hbs'), line: 1 });
    expect(renderer.render(INPUT)).toContain('# own\n');
    expect(renderer.render(INPUT)).toContain('router id 10.0.0.1;');
  });

  it('must keep the include of the announcements', () => {
    overlay({ 'flock.conf.hbs': '# nothing\n' });
    expect(() => createConfigRenderer(folder).render(input)).toThrow(
      /flock\.conf\.hbs: does not produce the line include .*flock\.conf\.hbs$/,
    );
  });
});

describe('bird.conf', () => {
  it('begins with the header by which a later start knows it', () => {
    expect(render().startsWith(`${FILE_HEADER}\n`)).toBe(true);
    expect(isOurs(render())).toBe(true);
    expect(isOurs('router id 10.0.0.1;\n')).toBe(false);
  });

  it('is the same bytes for the same input', () => {
    expect(render()).toBe(render());
  });

  it('includes the announcements by a relative name on a line of its own', () => {
    expect(render().split('\n')).toContain(INCLUDE_LINE);
  });

  it('never gives the announced addresses to the kernel', () => {
    const filters = [...render().matchAll(/filter flock_kernel\d \{(.*?)\n\}/gs)].map((match) => match[1]);
    expect(filters).toHaveLength(2);
    for (const text of filters) expect(text).not.toContain('announce');
  });

  it('speaks from the known address and announces itself as the next hop in both families', () => {
    const text = render();
    expect(text).toContain('local 10.0.0.1 as 64601;');
    expect(text.match(/next hop self;/g)).toHaveLength(2);
  });

  it('has a disabled peer, with the reason, where no source address is known', () => {
    const text = createConfigRenderer(folder).render({ ...INPUT, facts: facts() });
    expect(text).toMatch(
      /protocol bgp tor1 .*This host has no route to 10\.0\.0\.254.*\n\tdisabled;\n\tlocal as 64601;/s,
    );
  });
});

describe('templates of the operator', () => {
  it('replace the packaged ones of the same name, one at a time', () => {
    overlay({ 'partials/log.hbs': 'log stderr all;\n' });
    const renderer = createConfigRenderer(folder);
    expect(renderer.render(INPUT)).toContain('\nlog stderr all;\n');
    expect(renderer.render(INPUT)).not.toContain('syslog');
    expect(renderer.overlaid).toEqual(['partials/log.hbs']);
  });

  it('may add partials of their own', () => {
    overlay({ 'partials/extra.hbs': '{{> mine}}', 'partials/mine.hbs': '# from {{routerId}}\n' });
    expect(render()).toContain('# from 10.0.0.1\n');
  });

  it('are reported when nothing uses them', () => {
    overlay({
      'bird.conf.hsb': '',
      'bird.cnf.hbs': '',
      'partial/peer.hbs': '',
      'partials/.peer.hbs': '',
      'partials/a b.hbs': '',
    });
    const expected = ['bird.cnf.hbs', 'partial/peer.hbs', 'partials/a b.hbs'].map((name) => join(folder, name));
    expect(createConfigRenderer(folder).unused).toEqual(expected);
  });

  it('need not exist', () => {
    expect(createConfigRenderer(join(folder, 'nothing')).overlaid).toEqual([]);
    expect(createConfigRenderer(undefined).render(INPUT)).toBe(render());
  });

  it('may be saved with carriage returns and a byte order mark', () => {
    overlay({ 'partials/log.hbs': '\uFEFFlog stderr all;\r\n' });
    expect(render()).toContain('\nlog stderr all;\n');
    expect(render()).not.toMatch(/[\r\uFEFF]/);
  });

  it('use eq and join', () => {
    overlay({
      'partials/extra.hbs':
        '{{#each families}}{{#if (eq number 6)}}# {{channel}} {{join neverImported " "}}\n{{/if}}{{/each}}',
    });
    expect(render()).toContain('\n# ipv6 2001:db8:1:1::/64+ 2001:db8::/64+ fe80::/10+\n');
  });
});

describe('a fault in a template names file, line and the closest name:', () => {
  it.each([
    ['a value that is not there', 'a\n{{routrId}}', 'line 2: there is no value "routrId"; did you mean "routerId"?'],
    ['one in a condition', '{{#if peerz}}x{{/if}}', 'line 1: there is no value "peerz"; did you mean "peers"?'],
    [
      'one of each peer',
      '\n{{#each peers}}\n{{adress}}{{/each}}',
      'line 3: there is no value "adress"; did you mean "address"?',
    ],
    ['one with no likeness to anything', '{{quux}}', 'line 1: there is no value "quux"'],
    ['one as an argument', '{{join nothing ", "}}', 'line 1: there is no value "nothing"'],
    ['one behind another', '{{routerId.x.y}}', 'there is no value "y"'],
    ['a partial', '\n\n{{> peeer}}', 'line 3: there is no partial "peeer"; did you mean "peer"?'],
    [
      'a partial in a branch not taken',
      '{{#if (eq 1 2)}}\n{{> filter}}{{/if}}',
      'line 2: there is no partial "filter"; did you mean "filters"?',
    ],
    ['a computed partial', '{{> (join peers "")}}', 'there is no partial'],
    ['a helper', '{{#if (equ 1 2)}}{{/if}}', 'line 1: there is no helper "equ"; did you mean "eq"?'],
    ['a helper that is taken away', '{{lookup peers 0}}', 'line 1: there is no helper "lookup"'],
    ['the helper that prints to the console', '{{log routerId}}', 'line 1: there is no helper "log"'],
    ['a block that is not closed', 'a\n{{#if peers}}\n', 'cannot be read'],
    ['a block that is closed wrongly', '\n{{#if peers}}{{/each}}', "line 2: if doesn't match each"],
    ['an open brace', 'x\n{{', 'line 2: cannot be read'],
    ['a decorator', '\n{{#*inline "x"}}{{/inline}}', 'line 2: decorators'],
    ['a template that includes itself', '{{> extra}}', 'includes itself without end'],
    ['a wrong argument', '{{join routerId ","}}', 'line 1: "join" takes a list and a text'],
    ['a missing argument', '{{#if (eq 1)}}{{/if}}', 'line 1: "eq" takes 2 values, not 1'],
    ['a control character', 'a\n\u0000', 'line 2: contains the control character U+0000'],
  ])('%s', (_what, text, message) => {
    overlay({ 'partials/extra.hbs': text });
    const error = thrownBy(render);
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toContain(join(folder, 'partials/extra.hbs'));
    expect(error.message).toContain(message);
  });

  it.each([
    'constructor',
    '__proto__',
    'hasOwnProperty',
    'peers.map',
    'routerId.constructor',
    'this.constructor',
    '@root.__proto__',
  ])('no way to JavaScript through %s', (path) => {
    overlay({ 'partials/extra.hbs': `{{${path}}}` });
    expect(() => render()).toThrow(/line 1: there is no value "/);
    overlay({ 'partials/extra.hbs': `{{#with ${path}}}x{{/with}}` });
    expect(() => render()).toThrow(/line 1: there is no value "/);
  });

  it('the include of the announcements is gone', () => {
    overlay({ 'bird.conf.hbs': 'router id {{routerId}};\n' });
    expect(() => render()).toThrow(
      /does not produce the line include "flock-announcements\.conf";.*restore line \d+ of .*bird\.conf\.hbs/,
    );
  });

  it('a file that cannot be read', () => {
    mkdirSync(join(folder, 'partials'));
    mkdirSync(join(folder, 'partials', 'peer.hbs'));
    expect(() => createConfigRenderer(folder)).toThrow(/peer\.hbs cannot be read: it is not a regular file/);
    writeFileSync(join(folder, 'file'), '');
    const error = thrownBy(() => createConfigRenderer(join(folder, 'file')));
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toMatch(/templates in .*file cannot be read: ENOTDIR/);
  });
});
