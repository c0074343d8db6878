import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { healed, told } from '../problems.ts';
import { routedBy, Watched } from './observe.ts';

const CLAIMS = ['192.0.2.95', '2001:db8:ffff::95'];
const BROKEN = 'protocol bgp tor { this is not BIRD\n';
const FILES = ['bird.conf', 'flock-announcements.conf'] as const;

describe.skipIf(!isRoot)('a file of flockd’s that is written by hand, and that BIRD has not read (needs root)', () => {
  const world = routedWorld('hand-edits');
  const path = (name: string): string => world().node.path('bird', name);
  const text = (name: string): string => readFileSync(path(name), 'utf8');
  const ours = new Map<string, string>();

  beforeAll(async () => {
    const { node, router } = world();
    await node.runPod({ name: 'web', annotations: { anycast: CLAIMS.join() }, ready: true });
    await routedBy(router, CLAIMS, CLAIMS);
    await healed(node);
    for (const name of FILES) ours.set(name, text(name));
  });

  beforeEach(() => {
    for (const name of readdirSync(path('.'))) {
      if (name.includes('.edited')) rmSync(path(name), { recursive: true });
    }
  });

  const isBack = (name: string): Promise<unknown> =>
    eventually(() => {
      try {
        return text(name) === ours.get(name);
      } catch {
        return false; // For the moment it is something else than a file, or nothing.
      }
    }, `${name} is as flockd wrote it`);

  const WAYS: readonly [how: string, write: (name: string) => unknown][] = [
    ['written in place', (name) => writeFileSync(path(name), BROKEN)],
    [
      'renamed into place',
      (name) => {
        writeFileSync(path('draft'), BROKEN);
        renameSync(path('draft'), path(name));
      },
    ],
    ['edited by sed -i', (name) => run(['sed', '-i', 's/{/{ this is not BIRD/', path(name)])],
    [
      'moved away and copied back',
      async (name) => {
        renameSync(path(name), path(`${name}~`));
        await run(['sh', '-c', 'sed "s/;/ this is not BIRD/" "$0~" > "$0"', path(name)]);
        rmSync(path(`${name}~`));
      },
    ],
    ['emptied', (name) => writeFileSync(path(name), '')],
    ['removed', (name) => rmSync(path(name))],
    [
      'replaced by a link',
      (name) => {
        writeFileSync(path('elsewhere'), BROKEN);
        rmSync(path(name));
        symlinkSync('elsewhere', path(name));
      },
    ],
    [
      'replaced by a folder',
      (name) => {
        rmSync(path(name));
        mkdirSync(path(name));
      },
    ],
  ];

  it.each(WAYS)('%s: is put right by itself, and nothing is announced or withdrawn', async (_how, write) => {
    const watched = await Watched.start(world());
    for (const name of FILES) {
      await write(name);
      await isBack(name);
    }
    const { events, now, before } = await watched.end();
    expect(events).toEqual([]);
    expect(now).toEqual(before);
    expect(await world().node.birdc(`configure check "${path('bird.conf')}"`)).toContain('Configuration OK');
  });

  it('is kept, named in the status, and forgotten when it is taken away', async () => {
    const { node } = world();
    writeFileSync(path('bird.conf'), BROKEN);
    await told(node, 'fileEdited', path('bird.conf.edited'));
    expect(text('bird.conf.edited')).toBe(BROKEN);
    rmSync(path('bird.conf.edited'));
    await healed(node);
  });

  it('by somebody who does not cease is fought no faster than it is written, and only the last texts are kept', async () => {
    for (let number = 0; number < 8; number += 1) {
      appendFileSync(path('bird.conf'), `# ${number}\n`);
      await isBack('bird.conf');
    }
    const kept = readdirSync(path('.')).filter((name) => name.startsWith('bird.conf.edited'));
    expect(kept.length).toBeLessThanOrEqual(5);
    expect(kept.map((name) => /# (\d)\n$/.exec(text(name))?.[1]).sort()).toEqual(['3', '4', '5', '6', '7']);
  });
});
