import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBird } from '../../../src/bird/publish/offline-check.ts';
import { formatStatus } from '../../../src/cli/status.ts';
import { main } from '../../../src/flockctl.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flockctl-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const NOW = new Date('2026-01-02T03:04:05Z');

async function flockctl(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    now: () => NOW,
  });
  return { status, out, err };
}

function configuration(change: object = {}): string {
  const path = join(folder, 'flock.yaml');
  const config = {
    node: 'node1',
    pools: { ipv4: '10.1.1.0/24' },
    bgp: { asn: 64601, routerId: '10.0.0.1' },
    bird: { config: join(folder, 'bird', 'bird.conf'), templates: join(folder, 'templates') },
    state: join(folder, 'allocations.json'),
    ...change,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe('flockctl', () => {
  it.each([[['nonsense']], [['pods', '--jsn']], [['status', '--socket']], [[]]])('ends %j with 2', async (argv) => {
    const { status, err } = await flockctl(...argv);
    expect(status).toBe(2);
    expect(err).not.toBe('');
  });

  it.each([['--help'], ['--version']])('answers %s with 0', async (option) => {
    const { status, out } = await flockctl(option);
    expect(status).toBe(0);
    expect(out).not.toBe('');
  });

  it.each([['status'], ['pods'], ['addresses'], ['render']])(
    'says how to start the daemon when %s finds none',
    async (verb) => {
      const { status, err } = await flockctl(verb, '--socket', join(folder, 'none.sock'));
      expect(status).toBe(1);
      expect(err).toContain('systemctl start flockd');
    },
  );

  it('renders without a daemon', async () => {
    const { status, out } = await flockctl('render', '--config', configuration(), '--json');
    expect(status).toBe(0);
    const { files } = JSON.parse(out) as { files: { path: string; text: string }[] };
    expect(files.map((file) => file.path)).toEqual(
      ['bird.conf', 'flock-announcements.conf'].map((name) => join(folder, 'bird', name)),
    );
    expect(files[0]?.text).toContain('router id 10.0.0.1;');
  });

  it('sets the lines of a long message in', () => {
    const status = {
      node: 'node1',
      version: '0',
      startedAt: NOW.toISOString(),
      bird: { connected: false, version: null, socket: '/run/bird/bird.ctl', peers: [], lastPublish: null },
      pods: { total: 0, ready: 0 },
      addresses: { advertised: 0, withheld: 0 },
      problems: [{ code: 'configurationInvalid', message: 'two faults:\n  one\u001b\n  two' }],
    };
    expect(formatStatus(status, NOW)).toContain('  configurationInvalid: two faults:\n      one\\u001b\n      two\n');
  });
});

describe.skipIf(findBird() === undefined)('flockctl check (needs bird)', () => {
  it('accepts what BIRD accepts, and leaves nothing behind', async () => {
    const path = configuration();
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('flockctl-check-'));
    expect(await flockctl('check', '--config', path)).toMatchObject({ status: 0, err: '' });
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('flockctl-check-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('refuses what BIRD refuses, by the name of the real file', async () => {
    mkdirSync(join(folder, 'templates', 'partials'), { recursive: true });
    writeFileSync(join(folder, 'templates', 'partials', 'extra.hbs'), 'nonsense here;\n');
    const { status, err } = await flockctl('check', '--config', configuration());
    expect(status).toBe(1);
    expect(err).toMatch(/bird\/bird\.conf:\d+:\d+ syntax error/);
  });

  it('takes in what an operator includes beside bird.conf', async () => {
    mkdirSync(join(folder, 'templates', 'partials'), { recursive: true });
    mkdirSync(join(folder, 'bird'));
    writeFileSync(join(folder, 'templates', 'partials', 'extra.hbs'), 'include "mine.conf";\n');
    writeFileSync(join(folder, 'bird', 'mine.conf'), 'protocol static mine { ipv4; }\n');
    expect(await flockctl('check', '--config', configuration())).toMatchObject({ status: 0 });
  });

  it('names the key of an invalid configuration, also as JSON', async () => {
    const path = configuration({ bgp: { asm: 64601 } });
    const { status, err } = await flockctl('check', '--config', path);
    expect(status).toBe(1);
    expect(err).toContain('did you mean asn?');
    const json = await flockctl('check', '--config', path, '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'invalid', message: expect.stringContaining('bgp.asn') });
  });
});
