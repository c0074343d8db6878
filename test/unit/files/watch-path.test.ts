import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type PathWatch, watchPath } from '../../../src/files/watch-path.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { eventually } from '../../lab/eventually.ts';

/** A watch that ends with the test, and what it woke for. */
async function watching(path: string) {
  const wakes: (string | undefined)[] = [];
  const errors: Error[] = [];
  const watch: PathWatch = watchPath({ path, onWake: (entry) => wakes.push(entry), onError: (e) => errors.push(e) });
  await watch.ready;
  wakes.length = 0;
  return {
    wakes,
    errors,
    /** Does something and waits until the watch has woken for it. */
    async woken(entry: string | undefined, act: () => void): Promise<void> {
      wakes.length = 0;
      act();
      await eventually(() => wakes.includes(entry), `a wake for ${entry ?? 'everything'}`, 3_000);
    },
    [Symbol.asyncDispose]: () => watch.close(),
  };
}

describe('watching a folder', () => {
  it('wakes for every way to write a file in it', async () => {
    using folder = new TempFolder();
    folder.write('old.yaml', 'a');
    await using watch = await watching(folder.path);
    await watch.woken('new.yaml', () => folder.write('new.yaml', 'a'));
    await watch.woken('new.yaml', () => folder.write('new.yaml', 'b'));
    await watch.woken('old.yaml', () => folder.replace('old.yaml', 'b'));
    await watch.woken('moved.yaml', () => renameSync(folder.at('old.yaml'), folder.at('moved.yaml')));
    await watch.woken('new.yaml', () => folder.remove('new.yaml'));
    expect(watch.errors).toEqual([]);
  });

  it('wakes for both of two writes 15 ms apart', async () => {
    using folder = new TempFolder();
    folder.write('a.yaml', '1');
    await using watch = await watching(folder.path);
    for (let round = 0; round < 5; round += 1) {
      await watch.woken('a.yaml', () => folder.write('a.yaml', `first ${round}`));
      await new Promise((resolve) => setTimeout(resolve, 15));
      await watch.woken('a.yaml', () => folder.write('a.yaml', `second ${round}`));
    }
  });

  it('wakes for a change right behind another one without waiting for any timer', async () => {
    using folder = new TempFolder();
    folder.write('a.yaml', '1');
    await using watch = await watching(folder.path);
    // chokidar holds the second event of a path back with a timer; in a time that stands still it never comes.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      for (let round = 0; round < 3; round += 1) {
        watch.wakes.length = 0;
        folder.replace('a.yaml', `${round}`);
        for (let turn = 0; turn < 10_000 && !watch.wakes.includes('a.yaml'); turn += 1) await setImmediate();
        expect(watch.wakes).toContain('a.yaml');
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not descend into folders, nor into links to them', async () => {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    mkdirSync(folder.at('sub'));
    symlinkSync(elsewhere.path, folder.at('link'));
    symlinkSync('circle', folder.at('circle'));
    await using watch = await watching(folder.path);
    folder.write('sub/a.yaml', '1');
    elsewhere.write('b.yaml', '1');
    await watch.woken('c.yaml', () => folder.write('c.yaml', '1'));
    expect(new Set(watch.wakes)).toEqual(new Set(['c.yaml']));
  });

  it('sees a change behind a link to a file', async () => {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    symlinkSync(elsewhere.write('a.yaml', '1'), folder.at('a.yaml'));
    await using watch = await watching(folder.path);
    await watch.woken('a.yaml', () => elsewhere.write('a.yaml', '2'));
  });

  it('sees a folder that appears late, goes away and comes back', async () => {
    using folder = new TempFolder();
    const late = folder.at('pods.d');
    await using watch = await watching(late);
    await watch.woken(undefined, () => mkdirSync(late));
    await watch.woken('a.yaml', () => folder.write('pods.d/a.yaml', '1'));
    await watch.woken(undefined, () => renameSync(late, folder.at('elsewhere')));
    await watch.woken(undefined, () => renameSync(folder.at('elsewhere'), late));
    await watch.woken('a.yaml', () => folder.write('pods.d/a.yaml', '2'));
    await watch.woken(undefined, () => rmSync(late, { recursive: true }));
  });

  it('sees the link that Kubernetes redirects when it updates a ConfigMap', async () => {
    using folder = new TempFolder();
    for (const set of ['..1', '..2']) {
      mkdirSync(folder.at(set));
      folder.write(`${set}/a.yaml`, set);
    }
    symlinkSync('..1', folder.at('..data'));
    symlinkSync('..data/a.yaml', folder.at('a.yaml'));
    await using watch = await watching(folder.path);
    symlinkSync('..2', folder.at('..data_tmp'));
    await watch.woken('..data', () => renameSync(folder.at('..data_tmp'), folder.at('..data')));
  });
});

describe('watching a file', () => {
  it('wakes for a write, a replacement, a removal and a return', async () => {
    using folder = new TempFolder();
    const path = folder.write('flock.yaml', 'a');
    await using watch = await watching(path);
    await watch.woken(undefined, () => folder.write('flock.yaml', 'b'));
    await watch.woken(undefined, () => folder.replace('flock.yaml', 'c'));
    await watch.woken(undefined, () => folder.replace('flock.yaml', 'd'));
    await watch.woken(undefined, () => folder.remove('flock.yaml'));
    await watch.woken(undefined, () => folder.write('flock.yaml', 'e'));
    await watch.woken(undefined, () => folder.write('flock.yaml', 'f'));
  });
});

it('a closed watch calls nobody, and closing before it is ready ends the wait for it', async () => {
  using folder = new TempFolder();
  const wakes: unknown[] = [];
  const watch = watchPath({ path: folder.path, onWake: () => wakes.push(1), onError: () => {} });
  await watch.close();
  await watch.ready;
  const before = wakes.length;
  folder.write('a.yaml', '1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(wakes.length).toBe(before);
});

it('wakes every 10 seconds without any event, as the net under lost ones', async () => {
  using folder = new TempFolder();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const wakes: unknown[] = [];
  const watch = watchPath({ path: folder.path, onWake: (entry) => wakes.push(entry), onError: () => {} });
  try {
    await watch.ready;
    wakes.length = 0;
    vi.advanceTimersByTime(30_000);
    expect(wakes).toEqual([undefined, undefined, undefined]);
    await watch.close();
    vi.advanceTimersByTime(30_000);
    expect(wakes).toHaveLength(3);
  } finally {
    vi.useRealTimers();
    await watch.close();
  }
});
