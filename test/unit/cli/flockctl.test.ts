// @module-tag real
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findBird } from '../../../src/bird/judge/offline-check.ts';
import { formatStatus } from '../../../src/cli/status.ts';
import { flockctl, NOW, OfflineWorld } from './offline-world.ts';

const FLOCKCTL = fileURLToPath(new URL('../../../src/flockctl.ts', import.meta.url));
/** Runs it in a shell that has Node and the file as its first two parameters. */
const PROGRAM = '"$0" "$1"';

let world: OfflineWorld;
beforeEach(() => {
  world = new OfflineWorld();
});
afterEach(() => {
  vi.unstubAllEnvs();
  world[Symbol.dispose]();
});

describe('flockctl', () => {
  it.each([[['nonsense']], [['pods', '--jsn']], [['status', '--socket']], [['render', '--diff', 'x']], [[]]])(
    'ends %j with 2',
    async (argv) => {
      const { status, err } = await flockctl(...argv);
      expect(status).toBe(2);
      expect(err).not.toBe('');
    },
  );

  it.each([['--help'], ['--version']])('answers %s with 0', async (option) => {
    const { status, out } = await flockctl(option);
    expect(status).toBe(0);
    expect(out).not.toBe('');
  });

  it.each([['status'], ['pods'], ['addresses'], ['render'], ['render', '--diff']])(
    'says how to start the daemon when %s %s finds none',
    async (...argv) => {
      const { status, err } = await flockctl(...argv, '--socket', world.path('none.sock'));
      expect(status).toBe(1);
      expect(err).toContain('systemctl start flockd');
    },
  );

  it.each([
    ['a pipe that nobody reads', `exec 3>&1; { ${PROGRAM} --help 2>&3; echo "ended $?" >&3; } | :`, /^ended 0\n$/],
    [
      'a full disk',
      `${PROGRAM} --help 2>&1 >/dev/full; echo "ended $?"`,
      /^flockctl: standard output cannot be written: ENOSPC.*\nended 1\n$/,
    ],
  ])(
    'ends in words when its output goes to %s',
    (_what, script, said) => {
      const out = execFileSync('sh', ['-c', script, process.execPath, FLOCKCTL], {
        encoding: 'utf8',
        timeout: 110_000,
      });
      expect(out).toMatch(said);
    },
    120_000,
  );

  it('renders without a daemon', async () => {
    const { status, out } = await flockctl('render', '--config', world.configuration(), '--json');
    expect(status).toBe(0);
    const { files } = JSON.parse(out) as { files: { path: string; text: string }[] };
    expect(files.map((file) => file.path)).toEqual(
      ['bird.conf', 'flock-announcements.conf'].map((name) => world.path('bird', name)),
    );
    expect(files[0]?.text).toContain('router id 10.0.0.1;');
  });

  it('sets the lines of a long message in', () => {
    const status = {
      node: 'node1',
      version: '0',
      startedAt: NOW.toISOString(),
      bird: {
        connected: false,
        version: null,
        socket: '/run/bird/bird.ctl',
        peers: [],
        lastPublish: null,
        change: null,
      },
      pods: { total: 0, ready: 0 },
      addresses: { advertised: 0, withheld: 0 },
      problems: [{ code: 'configurationInvalid', message: 'two faults:\n  one\u001b\n  two' }],
    };
    expect(formatStatus(status, NOW)).toContain('  configurationInvalid: two faults:\n      one\\u001b\n      two\n');
  });
});

describe.skipIf(findBird() === undefined)('flockctl check (needs bird)', () => {
  it('accepts what BIRD accepts, and leaves nothing behind', async () => {
    vi.stubEnv('TMPDIR', mkdtempSync(world.path('tmp-')));
    expect(await flockctl('check', '--config', world.configuration())).toMatchObject({ status: 0, err: '' });
    expect(readdirSync(tmpdir())).toEqual([]);
    expect(readdirSync(world.folder).filter((name) => !name.startsWith('tmp-'))).toEqual(['flock.yaml']);
  });

  it('refuses what BIRD refuses, by the names of the template and of the real file', async () => {
    world.write('templates/partials/extra.hbs', 'nonsense here;\n');
    const { status, err } = await flockctl('check', '--config', world.configuration());
    expect(status).toBe(1);
    expect(err).toMatch(/templates\/partials\/extra\.hbs:1 \(\S+\/bird\/bird\.conf:\d+:\d+ syntax error/);
    expect(err).not.toContain('flockctl-check-');
  });

  it('takes in what an operator includes beside bird.conf', async () => {
    world.write('templates/partials/extra.hbs', 'include "mine.conf";\n');
    world.write('bird/mine.conf', 'protocol static mine { ipv4; }\n');
    expect(await flockctl('check', '--config', world.configuration())).toMatchObject({ status: 0 });
  });

  it('refuses what flockd would not start with', async () => {
    const path = world.configuration({ pods: { source: 'kubernetes' } });
    expect(await flockctl('check', '--config', path)).toMatchObject({
      ...{ status: 1, err: 'flockctl: pods.source: kubernetes is not built yet in this version; use directory\n' },
    });
  });

  it('names the key of an invalid configuration, also as JSON', async () => {
    const path = world.configuration({ bgp: { asm: 64601 } });
    const { status, err } = await flockctl('check', '--config', path);
    expect(status).toBe(1);
    expect(err).toContain('did you mean asn?');
    const json = await flockctl('check', '--config', path, '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out)).toEqual({
      config: path,
      verdict: 'invalid',
      message: expect.stringContaining('bgp.asn'),
      note: '',
      keptForeign: null,
      preview: null,
    });
  });
});
