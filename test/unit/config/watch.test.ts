// @module-tag real
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { type ConfigChange, watchConfig } from '../../../src/config/watch.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { eventually } from '../../lab/eventually.ts';
import { FULL } from './fixtures.ts';

const withMtu = (mtu: number | string): string => FULL.replace('mtu: auto', `mtu: ${mtu}`);

/** What was told, in short. */
const inShort = (change: ConfigChange): string =>
  'config' in change
    ? `mtu ${change.config.mtu}${change.config.metrics === undefined ? ', cut off' : ''}`
    : change.error.message.split('\n').slice(0, 2).join('');

async function watching(folder: TempFolder) {
  const path = folder.write('flock.yaml', FULL);
  const told: string[] = [];
  const watch = watchConfig({
    path,
    current: await loadConfig(path),
    onChange: (change) => told.push(inShort(change)),
    onWatchFault: (fault) => told.push(`cannot watch: ${fault}`),
  });
  return {
    path,
    told,
    last: (text: string) => eventually(() => told.at(-1)?.includes(text), `"${text}" is told last, not ${told}`, 5_000),
    [Symbol.dispose]: () => watch.close(),
  };
}

describe('watching the configuration', () => {
  it('takes up a file written in place and one put in its place', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    folder.write('flock.yaml', withMtu(9_000));
    await watch.last('mtu 9000');
    folder.replace('flock.yaml', withMtu(1_500));
    await watch.last('mtu 1500');
    folder.replace('flock.yaml', withMtu(1_400));
    await watch.last('mtu 1400');
    expect(watch.told).toEqual(['mtu 9000', 'mtu 1500', 'mtu 1400']);
  });

  it('takes up the second of two writes 15 ms apart', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    for (const round of [1, 2, 3]) {
      folder.write('flock.yaml', withMtu(2_000 + round));
      await delay(15);
      folder.write('flock.yaml', withMtu(3_000 + round));
      await watch.last(`mtu ${3_000 + round}`);
    }
  });

  it('never takes up half a file, though it would be valid', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    const whole = withMtu(9_000);
    const cut = whole.indexOf('metrics:');
    folder.write('flock.yaml', whole.slice(0, cut));
    await delay(30);
    folder.write('flock.yaml', whole);
    await eventually(() => watch.told.at(-1) === 'mtu 9000', 'the whole file is taken up');
    expect(watch.told).toEqual(['mtu 9000']);
  });

  it('does not miss a file that an editor has moved away for a moment', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    for (const mtu of [9_000, 9_001, 9_002]) {
      renameSync(watch.path, `${watch.path}~`);
      await delay(60);
      folder.write('flock.yaml', '');
      await delay(60);
      folder.write('flock.yaml', withMtu(mtu));
      await watch.last(`mtu ${mtu}`);
    }
    expect(watch.told).toEqual(['mtu 9000', 'mtu 9001', 'mtu 9002']);
  });

  it('follows the link that Kubernetes redirects, and a folder that is replaced', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    for (const mtu of [9_001, 9_002]) {
      mkdirSync(folder.at(`..${mtu}`));
      folder.write(`..${mtu}/flock.yaml`, withMtu(mtu));
      symlinkSync(`..${mtu}`, folder.at('..new'));
      renameSync(folder.at('..new'), folder.at('..data'));
      if (mtu === 9_001) {
        symlinkSync('..data/flock.yaml', folder.at('.new'));
        renameSync(folder.at('.new'), watch.path);
      }
      await watch.last(`mtu ${mtu}`);
    }
    folder.write('..9002/flock.yaml', withMtu(9_003));
    await watch.last('mtu 9003');
    renameSync(folder.path, `${folder.path}.old`);
    mkdirSync(folder.path);
    rmSync(`${folder.path}.old`, { recursive: true });
    folder.write('flock.yaml', withMtu(9_004));
    await watch.last('mtu 9004');
    folder.write('flock.yaml', withMtu(9_005));
    await watch.last('mtu 9005');
    expect(watch.told).toEqual([9_001, 9_002, 9_003, 9_004, 9_005].map((mtu) => `mtu ${mtu}`));
  });

  it('tells once of a bad file, and again when it is right', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    folder.write('flock.yaml', withMtu('fast'));
    await watch.last('mtu = "fast" must be auto');
    folder.write('flock.yaml', withMtu(9_000));
    await watch.last('mtu 9000');
    folder.write('flock.yaml', 'pools: [');
    await watch.last('is not valid:');
    folder.write('flock.yaml', withMtu(9_000));
    await watch.last('mtu 9000');
    expect(watch.told).toHaveLength(4);
  });

  it('tells of a removed file, and takes up the one that comes back', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    folder.remove('flock.yaml');
    await watch.last('does not exist');
    folder.write('flock.yaml', withMtu(9_000));
    await watch.last('mtu 9000');
    expect(watch.told).toHaveLength(2);
  });

  it('says nothing about a change of comments', async () => {
    using folder = new TempFolder();
    using watch = await watching(folder);
    folder.write('flock.yaml', `# a comment\n${FULL}`);
    await delay(400);
    expect(watch.told).toEqual([]);
    folder.write('flock.yaml', withMtu(9_000));
    await watch.last('mtu 9000');
  });

  it('finds a change that was made between loading and watching', async () => {
    using folder = new TempFolder();
    const path = folder.write('flock.yaml', FULL);
    const current = await loadConfig(path);
    folder.write('flock.yaml', withMtu(9_000));
    const told: string[] = [];
    const onChange = (change: ConfigChange): void => void told.push(inShort(change));
    const watch = watchConfig({ path, current, onChange, onWatchFault: () => {} });
    try {
      await eventually(() => told.includes('mtu 9000'), 'the change is told');
    } finally {
      watch.close();
    }
  });

  it('tells nothing once it is closed', async () => {
    using folder = new TempFolder();
    const watch = await watching(folder);
    folder.write('flock.yaml', withMtu(9_000));
    watch[Symbol.dispose]();
    await delay(400);
    expect(watch.told).toEqual([]);
  });
});
