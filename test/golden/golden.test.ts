import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE } from '../../src/bird/names.ts';
import { renderAnnouncements } from '../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import { RESERVED_WORDS } from '../../src/bird-language/text/reserved-words.ts';
import { MASK, maskSecrets } from '../../src/bird-language/text/secrets.ts';
import { config, facts, peer } from '../unit/bird/fixtures.ts';
import { goldenCases } from './cases.ts';
import { hasBird, judgeFiles } from './judge.ts';

/** `UPDATE_GOLDEN=1 vitest run --project unit test/golden` writes the expected files anew; review them with git. */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

const cases = goldenCases();

function expected(path: string, text: string): string {
  if (UPDATE) writeFileSync(path, text);
  if (!existsSync(path)) throw new Error(`${path} is missing; run with UPDATE_GOLDEN=1`);
  return readFileSync(path, 'utf8');
}

describe('a configuration and its files', () => {
  it('are at least twenty-five', () => expect(cases.length).toBeGreaterThanOrEqual(25));

  it.each(cases)('$name', ({ folder, render }) => {
    const files = render();
    const name = files.main === undefined ? 'bird.conf' : INCLUDED_FILE;
    expect(files.config).toBe(expected(join(folder, name), files.config));
    expect(files.announcements).toBe(expected(join(folder, ANNOUNCEMENTS_FILE), files.announcements));
  });

  it.each(cases)('$name comes out the same every time', ({ render }) => {
    expect(render()).toEqual(render());
  });

  it('is compared, not written (UPDATE_GOLDEN is not set)', () => {
    expect(UPDATE, 'UPDATE_GOLDEN is set: nothing was compared').toBe(false);
  });
});

describe.skipIf(!hasBird)('the real bird -p (needs bird)', () => {
  it.each(cases)('accepts $name', async ({ render }) => {
    expect(await judgeFiles(render())).toEqual({ verdict: 'accepted' });
  });

  it('accepts a peer with any name that is a word of its language', async () => {
    const peers = [...RESERVED_WORDS].map((word, index) => peer(word, `10.7.${index >> 8}.${index & 255}`));
    const text = createConfigRenderer(undefined).render({ config: config({ peers }), facts: facts() });
    expect(await judgeFiles({ config: text, announcements: '' })).toEqual({ verdict: 'accepted' });
  });

  it('accepts every case without its passwords, as flockctl shows and checks it', async () => {
    const masked = cases.map(({ render }) => render()).filter(({ config: text }) => maskSecrets(text) !== text);
    expect(masked.length).toBeGreaterThan(1);
    for (const files of masked) {
      const shown = maskSecrets(files.config);
      expect(shown.match(/password "(.*)"/)?.[1]).toBe(MASK);
      expect(await judgeFiles({ ...files, config: shown })).toEqual({ verdict: 'accepted' });
    }
  });

  it.each([
    ['a password that is not closed', 'battery staple";', 'battery staple;'],
    ['a community out of range', '(64600, 1)', '(65536, 1)'],
    ['a keepalive time above the hold time', 'keepalive time 15;', 'keepalive time 61;'],
    ['a hold time of two seconds', 'hold time 60;', 'hold time 2;'],
    ['a port that is none', 'port 1179', 'port 65536'],
    ['a BFD multiplier without a value', 'multiplier 3;', 'multiplier;'],
  ])('refuses the options of a session with %s', async (_what, good, bad) => {
    const files = cases.find(({ name }) => name === 'all-options-of-a-session')?.render();
    if (files === undefined) throw new Error('the case is gone');
    expect(files.config).toContain(good);
    const spoilt = { ...files, config: files.config.replace(good, bad) };
    expect(await judgeFiles(spoilt)).toEqual({ verdict: 'refused', message: expect.stringContaining('bird.conf:') });
  });

  it('accepts an empty announcements file, as a power cut may leave it', async () => {
    const [first] = cases;
    expect(await judgeFiles({ config: first?.render().config ?? '', announcements: '' })).toEqual({
      verdict: 'accepted',
    });
  });

  it("accepts the example in docs/bird.md of an operator's own bird.conf", async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/bird.md'), 'utf8');
    const main = /\n```\n([^`]*\ninclude "flock\.conf";[^`]*)```\n/.exec(page)?.[1];
    if (main === undefined) throw new Error('docs/bird.md has no such example any more');
    const files = cases.find(({ name }) => name === 'include-without-peers')?.render();
    if (files === undefined) throw new Error('the case is gone');
    expect(await judgeFiles({ ...files, main })).toEqual({ verdict: 'accepted' });
    const spoilt = main.replace('include "flock.conf";', '');
    expect(await judgeFiles({ ...files, main: spoilt })).toMatchObject({ verdict: 'refused' });
  });

  it("accepts the example of an operator's template", async () => {
    const folder = join(import.meta.dirname, '../../examples/templates');
    const renderer = createConfigRenderer(folder);
    expect(renderer.overlaid).toEqual(['partials/session.hbs']);
    const input = { config: config({ peers: [peer('tor1', '10.0.0.254')] }), facts: facts({ tor1: '10.0.0.1' }) };
    const text = renderer.render(input);
    expect(text).toContain('hold time 9;');
    expect(await judgeFiles({ config: text, announcements: '' })).toEqual({ verdict: 'accepted' });
  });

  it.each([
    ['a missing semicolon', (text: string) => text.replace('log syslog all;', 'log syslog all')],
    ['a brace too few', (text: string) => text.replace(/\}\s*$/, '')],
    [
      'a filter that is not there',
      (text: string) => text.replace('export filter flock_export4', 'export filter flock_exprot4'),
    ],
    ['an address with host bits', (text: string) => text.replace('route 10.1.1.0/24', 'route 10.1.1.1/24')],
    ['an included file that is not there', (text: string) => text.replace('flock-announcements', 'flock-nothing')],
    ['a carriage return', (text: string) => text.replace(';\n', ';\r\n')],
  ])('refuses %s', async (_what, spoil) => {
    const good = cases.find(({ name }) => name === 'one-dual-stack-session')?.render();
    if (good === undefined) throw new Error('the case is gone');
    const bad = { ...good, config: spoil(good.config) };
    expect(bad.config).not.toBe(good.config);
    expect(await judgeFiles(bad)).toEqual({
      verdict: 'refused',
      message: expect.stringMatching(/bird\.conf|flock-nothing/),
    });
  });

  it('refuses announcements that are cut off in the middle of a line', async () => {
    const good = cases.find(({ name }) => name === 'several-pods-one-address')?.render();
    if (good === undefined) throw new Error('the case is gone');
    const announcements = good.announcements.slice(0, good.announcements.indexOf('/32'));
    expect(await judgeFiles({ ...good, announcements })).toMatchObject({ verdict: 'refused' });
    expect(await judgeFiles({ ...good, announcements: renderAnnouncements([]) })).toEqual({ verdict: 'accepted' });
  });
});
