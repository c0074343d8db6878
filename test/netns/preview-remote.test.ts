import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type LabBird } from '../lab/lab.ts';
import { PEERS, ROUTER, renderBase } from './preview-base.ts';
import { configure, previewTexts, type Texts } from './preview-lab.ts';

const FOREIGN = 'log stderr all;\nrouter id 10.0.0.1;\nprotocol device device1 {}\n';

describe.skipIf(!isRoot)('sessions that end because of another protocol, with a real router (needs root)', () => {
  let lab: Lab;
  let node: LabBird;
  let router: LabBird;
  let base: Texts;

  beforeAll(async () => {
    lab = await Lab.create('preview-remote');
    const routerNamespace = await lab.namespace('router');
    const namespace = await lab.namespace('node');
    await lab.connect(routerNamespace, 'to-node', namespace, 'uplink0', {
      a: ['10.0.0.254/24', '10.0.0.253/24', '10.0.0.252/24', '2001:db8::fe/64'],
      b: ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24', '2001:db8::1/64'],
    });
    router = await lab.bird(routerNamespace, ROUTER);
    const rendered = renderBase(lab.dir, PEERS);
    // One session over several hops, which needs no interface.
    base = { ...rendered, config: rendered.config.replace('\tdirect;\n', '\tmultihop 2;\n') };
    expect(base).not.toEqual(rendered);
    node = await lab.bird(namespace, FOREIGN);
    await configure(node, base);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Since when each session is up. */
  const established = async (): Promise<Map<string, string>> => {
    const lines = (await node.birdc('show protocols')).split('\n').filter((line) => line.includes('Established'));
    return new Map(lines.map((line) => [line.split(' ')[0] ?? '', line]));
  };

  /** All sessions are up, and the router's BFD sees the node. */
  const allUp = (): Promise<unknown> =>
    eventually(
      async () =>
        (await established()).size === 3 && /10\.0\.0\.3 .* Up /.test(await router.birdc('show bfd sessions')),
      'all sessions are up, and BFD is',
    );

  const changes: [string, (config: string) => string, string[]][] = [
    ['bfd off', (config) => config.replace('bfd on;', 'bfd off;'), ['near']],
    ['no protocol bfd', (config) => config.replace(/protocol bfd flock_bfd \{[\s\S]*?\n\}\n/, ''), ['near']],
    ['protocol bfd disabled', (config) => config.replace('bfd flock_bfd {', 'bfd flock_bfd { disabled;'), ['near']],
    ['protocol bfd of another name', (config) => config.replace('bfd flock_bfd {', 'bfd flock_bfd2 {'), ['near']],
    ['protocol bfd that restarts', (config) => config.replace('flock_bfd {', 'flock_bfd { accept direct;'), ['near']],
    [
      'bfd with a password',
      (config) => config.replace('multiplier 3;', 'multiplier 3; authentication simple; password "geheim";'),
      ['near'],
    ],
    [
      'bfd with other intervals',
      (config) => config.replaceAll('300 ms', '350 ms').replace('multiplier 3', 'multiplier 5'),
      [],
    ],
    ['no protocol device', (config) => config.replace(/protocol device .*\n/, ''), ['near', 'outer']],
    ['protocol device disabled', (config) => config.replace('device1 {', 'device1 { disabled;'), ['near', 'outer']],
  ];

  it.each(changes)('%s', async (_, edit, lost) => {
    await allUp();
    const to = { ...base, config: edit(base.config) };
    expect(to).not.toEqual(base);
    const preview = previewTexts(node.configPath, base, to);
    expect(preview.resets.map(({ protocol }) => protocol).sort()).toEqual(lost);
    expect(JSON.stringify(preview)).not.toContain('geheim');
    const before = await established();
    await configure(node, to);
    try {
      for (const name of lost) {
        await eventually(async () => (await established()).get(name) !== before.get(name), `${name} ends`);
      }
      const after = await established();
      for (const name of Object.keys(PEERS).filter((one) => !lost.includes(one))) {
        expect(after.get(name)).toBe(before.get(name));
      }
    } finally {
      await configure(node, base);
      // A device that comes back is noticed by neighbours that wait for it only after a restart.
      if (preview.protocols.some(({ type }) => type === 'device')) await node.birdc('restart all');
    }
  });
});
