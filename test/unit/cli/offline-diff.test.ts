import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiffJson } from '../../../src/api/types.ts';
import { findBird } from '../../../src/bird/judge/offline-check.ts';
import { FakeBird, hang } from '../../fakes/bird.ts';
import { asNobody } from '../api/fixture.ts';
import { flockctl, OfflineWorld } from './offline-world.ts';

let world: OfflineWorld;
beforeEach(() => {
  world = new OfflineWorld();
});
afterEach(() => {
  world[Symbol.dispose]();
});

const TOR1 = { name: 'tor1', address: '10.0.0.254', asn: 64600, sourceAddress: '10.0.0.1' };
const TOR2 = { name: 'tor2', address: '10.0.1.254', asn: 64600, sourceAddress: '10.0.0.1' };
const isRoot = process.geteuid?.() === 0;

/** Writes a configuration with these peers. */
function peers(name: string, ...list: object[]): string {
  return world.configuration({ bgp: { asn: 64601, routerId: '10.0.0.1', peers: list } }, name);
}

/** Puts in place what a configuration gives, as the daemon would. */
async function putInPlace(path: string): Promise<void> {
  const { out } = await flockctl('render', '--json', '--config', path);
  const { files } = JSON.parse(out) as { files: { path: string; text: string }[] };
  for (const { path: file, text } of files) world.write(file.slice(world.folder.length + 1), text);
}

async function diffOf(path: string): Promise<DiffJson> {
  const { status, out, err } = await flockctl('render', '--diff', '--json', '--config', path);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out) as DiffJson;
}

/** A BIRD whose session tor1 is established. */
async function birdWithTor1(): Promise<FakeBird> {
  const bird = await FakeBird.start(world.path('bird.ctl'));
  return bird.on(
    'show protocols all',
    '2002-Name       Proto      Table      State  Since         Info\n' +
      '1002-tor1       BGP        ---        up     2026-01-02 03:04:05.000  Established   \n' +
      '1006-  BGP state:          Established\n     Neighbor address: 10.0.0.254\n \n0000 \n',
  );
}

describe.skipIf(findBird() === undefined)('the difference without the daemon (needs bird)', () => {
  it('is nothing when the files in place are what the configuration gives', async () => {
    const path = peers('flock.yaml', TOR1);
    await putInPlace(path);
    expect(await flockctl('render', '--diff', '--config', path)).toEqual({
      ...{ status: 0, out: 'nothing changes\n', err: '' },
    });
    expect((await flockctl('check', '--config', path)).out).toBe(
      `${path} is valid, and BIRD accepts the result\n\nnothing changes\n`,
    );
    expect(await diffOf(path)).toMatchObject({ change: null, files: [{ diff: '' }, { diff: '' }], keptForeign: null });
  });

  it('begins everything where nothing lies in place', async () => {
    const path = peers('flock.yaml', TOR1);
    const diff = await diffOf(path);
    expect(diff.preview.begins).toEqual([{ session: 'tor1', neighbor: '10.0.0.254' }]);
    expect(diff.files.map(({ diff: text }) => text.split('\n')[0])).toEqual(['--- /dev/null', '--- /dev/null']);
    expect(diff.preview.announced).toContain('10.1.1.0/24');
    // Asking changes nothing.
    expect(readdirSync(world.folder)).toEqual(['flock.yaml']);
  });

  it('begins beside the sessions of an operator whose file names ours before it is there', async () => {
    const own = 'protocol bgp mine { local as 64601; neighbor 10.0.9.9 as 1; ipv4 { import none; export none; }; }\n';
    const main = world.write(
      'bird/bird.conf',
      `router id 10.0.0.1;\nprotocol device {}\ninclude "flock.conf";\n${own}`,
    );
    const bird = { mode: 'include', socket: world.path('bird.ctl'), config: main, templates: world.path('templates') };
    const bgp = { asn: 64601, routerId: '10.0.0.1', peers: [TOR1] };
    const { preview } = await diffOf(world.configuration({ bird, bgp }));
    expect(preview).toMatchObject({ resets: [], ends: [], begins: [{ session: 'tor1', neighbor: '10.0.0.254' }] });
  });

  it('says what becomes of a file that flockd has not written', async () => {
    const foreign =
      'router id 10.0.0.9;\nprotocol device {}\nprotocol bgp mine { local as 64601; neighbor 10.0.9.9 as 1; }\n';
    const live = world.write('bird/bird.conf', foreign);
    const path = peers('flock.yaml', TOR1);
    const { keptForeign, preview } = await diffOf(path);
    expect(keptForeign).toBe(`${live}.before-flock`);
    expect(preview.ends).toMatchObject([{ session: 'mine', neighbor: '10.0.9.9' }]);
    world.write('bird/bird.conf.before-flock', 'an older one');
    const { out } = await flockctl('check', '--config', path);
    expect(out).toContain(`${live} is not flockd's; it would be kept as ${live}.before-flock.1\n`);
    expect(out).toMatch(/^ {2}mine +10\.0\.9\.9 +ends/m);
    expect(readFileSync(live, 'utf8')).toBe(foreign);
  });

  it('tells resets, begins and ends, and which sessions are established', async () => {
    await putInPlace(peers('flock.yaml', TOR1, TOR2));
    await using _bird = await birdWithTor1();
    const next = peers('next.yaml', { ...TOR1, holdTime: 60 }, { ...TOR2, name: 'tor3', address: '10.0.2.254' });
    const { preview } = await diffOf(next);
    expect(preview.resets).toEqual([
      {
        session: 'tor1',
        neighbor: '10.0.0.254',
        established: true,
        reasons: ['hold time 30 → 60', 'keepalive time 10 → 20'],
      },
    ]);
    expect(preview.begins).toEqual([{ session: 'tor3', neighbor: '10.0.2.254' }]);
    expect(preview.ends).toEqual([{ session: 'tor2', neighbor: '10.0.1.254', established: false }]);
    const check = await flockctl('check', '--config', next);
    expect(check.status).toBe(0);
    expect(check.out).toMatch(
      /^ {2}tor1 +10\.0\.0\.254 +reset +hold time .*established now: needs "flockctl apply --reset"/m,
    );
  });

  it.each([
    ['is none', () => {}],
    ['hangs', (bird: FakeBird) => bird.on('show protocols all', hang)],
    ['talks nonsense', (bird: FakeBird) => bird.on('show protocols all', 'nonsense\n')],
  ])('does not know which sessions are established when the BIRD %s, and says so', async (what, prepare) => {
    await putInPlace(peers('flock.yaml', TOR1));
    await using bird = await birdWithTor1();
    if (what === 'is none') await bird.stop();
    prepare(bird);
    const next = peers('next.yaml', { ...TOR1, holdTime: 60 });
    const { status, out } = await flockctl('render', '--diff', '--config', next);
    expect(status).toBe(0);
    expect(out).toContain('not known whether it is established');
    expect(out).toMatch(/\nit is not known which sessions are established: ./);
  });

  it('shows a changed password as a change, and neither of the two', async () => {
    const [before, after] = [
      world.write('old', 'hunter2-secret', 0o600),
      world.write('new', 'swordfish-secret', 0o600),
    ];
    const path = peers('flock.yaml', { ...TOR1, passwordFile: before });
    const { out } = await flockctl('render', '--json', '--config', path);
    // The daemon writes the password itself into bird.conf.
    const { files } = JSON.parse(out) as { files: { path: string; text: string }[] };
    for (const { path: file, text } of files)
      world.write(file.slice(world.folder.length + 1), text.replace('********', 'hunter2-secret'));
    expect((await diffOf(path)).files.map(({ diff }) => diff)).toEqual(['', '']);
    const next = peers('next.yaml', { ...TOR1, passwordFile: after });
    const answers = await Promise.all([
      flockctl('render', '--diff', '--config', next),
      flockctl('render', '--diff', '--json', '--config', next),
      flockctl('check', '--config', next),
      flockctl('check', '--json', '--config', next),
    ]);
    for (const { status, out: text, err } of answers) {
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(text).toContain('password');
      expect(text).not.toMatch(/hunter2|swordfish/);
    }
    const [text] = answers;
    expect(text.out).toMatch(/^-\tpassword "\*{8}";\n\+\tpassword "\*{8}";$/m);
    expect(text.out).toMatch(/^ {2}tor1 .*reset +password/m);
  });

  it('judges the announcements in place too, and names their file', async () => {
    const path = peers('flock.yaml', TOR1);
    await putInPlace(path);
    const live = world.path('bird', 'flock-announcements.conf');
    world.write('bird/flock-announcements.conf', `${readFileSync(live, 'utf8')}\nnonsense;\n`);
    const { status, err } = await flockctl('check', '--config', path);
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`${live}:\\d+:\\d+ syntax error`));
  });

  it('is an error with template file and line when BIRD refuses, or the template cannot be rendered', async () => {
    const path = peers('flock.yaml', TOR1);
    for (const [text, said] of [
      ['# fine\nnonsense here;\n', /extra\.hbs:2 \(\S+bird\.conf:\d+:\d+ syntax error/],
      ['# fine\n{{routrId}}\n', /extra\.hbs.*line 2: there is no value "routrId"/],
    ] as const) {
      const file = world.write('templates/partials/extra.hbs', text);
      for (const verb of [['render', '--diff'], ['check']]) {
        const { status, out, err } = await flockctl(...verb, '--config', path);
        expect({ status, out }).toEqual({ status: 1, out: '' });
        expect(err).toMatch(said);
        expect(err).toContain(file);
        const json = await flockctl(...verb, '--json', '--config', path);
        expect(json.status).toBe(1);
        if (verb[0] === 'check') expect(JSON.parse(json.out)).toMatchObject({ preview: null, keptForeign: null });
      }
    }
  });

  it.skipIf(!isRoot)(
    'cannot be told, and is still checked, by somebody who may not read what BIRD runs (needs root)',
    async () => {
      const path = peers('flock.yaml', TOR1);
      await putInPlace(path);
      chmodSync(world.folder, 0o755);
      chmodSync(world.path('bird', 'bird.conf'), 0o600);
      await asNobody(async () => {
        const check = await flockctl('check', '--config', path);
        expect(check).toMatchObject({
          status: 0,
          out: expect.stringMatching(/what it would change cannot be determined: .*EACCES.*run as root/),
        });
        const json = await flockctl('check', '--json', '--config', path);
        expect(JSON.parse(json.out)).toMatchObject({
          verdict: 'accepted',
          preview: null,
          message: expect.stringMatching(/EACCES/),
        });
        const diff = await flockctl('render', '--diff', '--config', path);
        expect(diff).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/EACCES.*run as root/) });
      });
    },
  );
});
