import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type LabBird } from '../lab/lab.ts';
import { PEERS, startBase } from './preview-base.ts';
import { configure, previewTexts, type Texts } from './preview-lab.ts';

describe.skipIf(!isRoot)('sessions that end because of another protocol, with a real router (needs root)', () => {
  let lab: Lab;
  let node: LabBird;
  let router: LabBird;
  let base: Texts;

  beforeAll(async () => {
    lab = await Lab.create('preview-remote');
    ({ node, router, base } = await startBase(lab, (rendered) => {
      // One session over several hops, which needs no interface.
      const config = rendered.config.replace('\tdirect;\n', '\tmultihop 2;\n');
      expect(config).not.toBe(rendered.config);
      return { ...rendered, config };
    }));
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

  /** A place of BFD with authentication that another one hides, which stands before it. */
  const hidden = (config: string): string =>
    config.replace(
      /(protocol bfd flock_bfd \{\n)([\s\S]*?\n\t\};\n)/,
      '$1$2\tinterface "uplink0" { authentication simple; password "geheim"; };\n',
    );

  const changes: [string, (config: string) => string, string[], ((config: string) => string)?][] = [
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
      'bfd with a password that was hidden',
      (config) => config.replace(/(\tinterface "\*" \{[^}]*\};\n)(\tinterface "uplink0" .*\n)/, '$2$1'),
      ['near'],
      hidden,
    ],
    [
      'bfd with other intervals',
      (config) => config.replaceAll('300 ms', '350 ms').replace('multiplier 3', 'multiplier 5'),
      [],
    ],
    ['no protocol device', (config) => config.replace(/protocol device .*\n/, ''), ['near', 'outer']],
    ['protocol device disabled', (config) => config.replace('device1 {', 'device1 { disabled;'), ['near', 'outer']],
  ];

  it.each(changes)('%s', async (_, edit, lost, prepare = (config: string) => config) => {
    const from = { ...base, config: prepare(base.config) };
    await configure(node, from);
    await allUp();
    const to = { ...base, config: edit(from.config) };
    expect(to).not.toEqual(from);
    const preview = previewTexts(node.configPath, from, to);
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
      // A device that comes back is noticed by neighbours that wait for it only after a restart, and a session that ends
      // a while later, for the BFD that came back, would be taken for one that the next change ends.
      await node.birdc('restart all');
    }
  });
});
