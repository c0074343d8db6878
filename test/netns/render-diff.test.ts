import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { DiffJson, PreviewJson } from '../../src/api/types.ts';
import { DIST } from '../lab/cni.ts';
import { nodePlan, ROUTER_ASN } from '../lab/fabric.ts';
import { eventually, isRoot } from '../lab/lab.ts';
import { routedWorld } from './e2e/nodes.ts';

const PLAN = nodePlan(1);
const TOR = { name: 'tor', address: PLAN.routerAddress, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] };
const SECRET = 'correct-horse-battery';

const NOTHING: PreviewJson = {
  ...{ resets: [], begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] },
};

/** The preview without that of other protocols, which templates may have with a session. */
function ofSessions({ protocols: _, ...preview }: PreviewJson): Omit<PreviewJson, 'protocols'> {
  return preview;
}

describe.skipIf(!isRoot)('the preview of a change (needs root)', () => {
  const world = routedWorld('render-diff');

  /** Writes a copy of the node's configuration with other keys, as an operator does before an edit. */
  async function copy(keys: Record<string, unknown>): Promise<string> {
    const { node } = world();
    const path = node.path('next.yaml');
    await writeFile(path, stringify({ ...node.config, ...keys }));
    return path;
  }

  const withTor = (more: object, ...others: object[]): Promise<string> =>
    copy({ bgp: { asn: PLAN.asn, peers: [{ ...TOR, ...more }, ...others] } });

  async function diffOf(path: string): Promise<DiffJson> {
    return (await world().node.flockctlJson('render', '--diff', '--config', path)) as DiffJson;
  }

  async function daemonDiff(): Promise<DiffJson> {
    return (await world().node.flockctlJson('render', '--diff')) as DiffJson;
  }

  /** Runs flockctl, which must fail with nothing on its standard output. @returns its standard error. */
  async function failing(...args: string[]): Promise<string> {
    const command = [join(DIST, 'flockctl.js'), ...args];
    const { code, stdout, stderr } = await world().node.namespace.exec(command, { allowFailure: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  }

  /** The node's line about the session: state, and since when. */
  async function session(): Promise<string> {
    const line = await world().node.birdc('show protocols tor');
    expect(line).toContain('Established');
    return line;
  }

  it('is empty when nothing waits to be applied, with and without the daemon', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'web', annotations: { anycast: '192.0.2.53,2001:db8:ffff::53' } });
    await eventually(async () => {
      expect(await node.birdc('show route protocol flock_announce4')).toContain('192.0.2.53');
      expect(await node.flockctl(['render', '--diff'])).toBe('nothing changes\n');
      return true;
    }, 'the daemon has given BIRD everything');
    const path = node.path('flock.yaml');
    expect(await node.flockctl(['render', '--diff', '--config', path])).toBe('nothing changes\n');
    expect(await node.flockctl(['check', '--config', path])).toContain('\n\nnothing changes\n');
    expect(await diffOf(path)).toMatchObject({ change: null, keptForeign: null, preview: NOTHING });
    await node.endPod(pod);
  });

  it('names the session that another hold time resets, and that it is established', async () => {
    const before = await session();
    const path = await withTor({ holdTime: 60 });
    const { preview, files } = await diffOf(path);
    expect(preview).toEqual({
      ...NOTHING,
      resets: [
        {
          ...{ session: 'tor', neighbor: PLAN.routerAddress, established: true },
          reasons: expect.arrayContaining([expect.stringMatching(/hold time/)]),
        },
      ],
    });
    expect(files[0]?.diff).toMatch(/^\+\s*hold time 60;$/m);
    const check = await world().node.flockctl(['check', '--config', path]);
    expect(check).toMatch(
      /^ {2}tor +10\.0\.1\.254 +reset +.*hold time.* established now: needs "flockctl apply --reset"/m,
    );
    expect(await session()).toBe(before);
  });

  it('names the channels that communities send again', async () => {
    const { preview } = await diffOf(await withTor({ export: { communities: [`${ROUTER_ASN}:100`] } }));
    expect(ofSessions(preview)).toEqual({
      ...ofSessions(NOTHING),
      refeeds: ['ipv4', 'ipv6'].map((channel) => ({
        ...{ session: 'tor', channel, direction: 'export', reasons: [expect.stringMatching(/export/)] },
      })),
    });
  });

  it('names sessions that begin and end', async () => {
    const other = { name: 'tor2', address: '10.0.1.253', asn: ROUTER_ASN };
    const { preview } = await diffOf(await withTor({}, other));
    expect(ofSessions(preview)).toEqual({
      ...ofSessions(NOTHING),
      begins: [{ session: 'tor2', neighbor: '10.0.1.253' }],
    });
    const without = await diffOf(await copy({ bgp: { asn: PLAN.asn, peers: [] } }));
    expect(without.preview.ends).toEqual([{ session: 'tor', neighbor: PLAN.routerAddress, established: true }]);
  });

  it('is empty for a description, which BIRD takes without touching the session', async () => {
    const { preview, files } = await diffOf(await withTor({ description: 'the router in rack 1' }));
    expect(preview).toEqual(NOTHING);
    expect(files[0]?.diff).toContain('the router in rack 1');
  });

  it('has what a pool stops and starts to announce', async () => {
    const pools = { ...PLAN.pools, ipv4: '10.1.9.0/24' };
    const { preview } = await diffOf(await copy({ pools }));
    expect(preview.announced).toEqual(['10.1.9.0/24']);
    expect(preview.withdrawn).toEqual([PLAN.pools.ipv4]);
  });

  it('tells of a password, and never shows it', async () => {
    const { node } = world();
    const passwordFile = node.path('secret');
    await writeFile(passwordFile, SECRET);
    await chmod(passwordFile, 0o600);
    const path = await withTor({ passwordFile });
    for (const args of [['render', '--diff'], ['check']]) {
      const texts = [
        await node.flockctl([...args, '--config', path]),
        await node.flockctl([...args, '--json', '--config', path]),
      ];
      for (const text of texts) {
        expect(text).toContain('password');
        expect(text).not.toContain(SECRET);
      }
    }
    expect((await diffOf(path)).preview.resets).toMatchObject([{ session: 'tor', reasons: ['password'] }]);
  });

  it('judges a copy of the templates, and names the file and line that BIRD refuses', async () => {
    const { node } = world();
    const { bird } = node.config;
    if (typeof bird !== 'object') throw new Error('the node has no bird in its configuration');
    const templates = node.path('templates.next');
    await cp(node.path('templates'), templates, { recursive: true });
    const file = `${templates}/partials/extra.hbs`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'protocol static mine {\n\tipv4;\n\troute 198.51.100.0/24 blackhole;\n}\n');
    const path = await copy({ bird: { ...bird, templates } });
    expect((await diffOf(path)).preview).toEqual({
      ...NOTHING,
      protocols: [{ protocol: 'mine', type: 'static', change: 'begins', reasons: expect.any(Array) }],
    });
    await writeFile(file, '# fine\nprotocol nonsense { }\n');
    for (const args of [['render', '--diff'], ['check']]) {
      const stderr = await failing(...args, '--config', path);
      expect(stderr).toContain(`${file}:2 (${node.path('bird', 'bird.conf')}:`);
    }
  });

  it('is asked of the daemon for a change that waits', async () => {
    const { node } = world();
    const { bgp } = node.config;
    const before = await session();
    await node.configure({ bgp: { asn: PLAN.asn, peers: [{ ...TOR, holdTime: 60 }] } });
    const diff = await eventually(async () => {
      const asked = await daemonDiff();
      expect(asked.change).toMatchObject({ state: 'waits' });
      return asked;
    }, 'the change waits');
    expect(diff.preview.resets).toMatchObject([{ session: 'tor', neighbor: PLAN.routerAddress, established: true }]);
    expect(await node.flockctl(['render', '--diff'])).toMatch(/^change waits since .*\n\nsessions\n {2}tor /m);
    await node.configure({ bgp });
    await eventually(async () => {
      expect(await node.flockctl(['render', '--diff'])).toBe('nothing changes\n');
      return true;
    }, 'nothing waits');
    expect(await session()).toBe(before);
  });

  it('is an error of the daemon that names file and line when BIRD or a template refuses', async () => {
    const { node } = world();
    const before = await session();
    const file = node.path('templates', 'partials/extra.hbs');
    await mkdir(dirname(file), { recursive: true });
    for (const [text, said] of [
      ['# fine\nprotocol nonsense { }\n', `${file}:2 (`],
      ['# fine\n{{routrId}}\n', 'line 2: there is no value "routrId"'],
    ] as const) {
      await writeFile(file, text);
      await eventually(async () => {
        expect(await failing('render', '--diff', '--socket', node.path('flock.sock'))).toContain(said);
        return true;
      }, `flockctl says ${said}`);
    }
    await writeFile(file, '');
    await eventually(async () => {
      expect((await daemonDiff()).preview).toEqual(NOTHING);
      return true;
    }, 'nothing is refused');
    expect(await session()).toBe(before);
  });
});
