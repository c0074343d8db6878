// @module-tag real
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { BEAT_MS } from '../../../src/async/every.ts';
import { FolderWatch } from '../../../src/files/folder-watch.ts';
import { type PathWatch, watchPath } from '../../../src/files/watch-path.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { eventually } from '../../lab/eventually.ts';

/** Less than the 10 seconds after which a watch wakes without an event. */
const SOON_MS = 7_000;

/** A watch that ends with the test, and what it woke for. */
function watching(path: string, isEntry?: (name: string) => boolean) {
  const wakes: (string | undefined)[] = [];
  const faults: (string | undefined)[] = [];
  const watch: PathWatch = watchPath({
    path,
    onWake: (entries) => wakes.push(...(entries ?? [undefined])),
    onFault: (fault) => faults.push(fault),
    ...(isEntry && { isEntry }),
  });
  return {
    wakes,
    faults,
    /** Does something and waits until the watch has woken for it, or for everything. */
    async woken(entry: string | undefined, act: () => void): Promise<void> {
      wakes.length = 0;
      act();
      await eventually(() => wakes.includes(entry), `a wake for ${entry ?? 'everything'}`, SOON_MS);
    },
    [Symbol.dispose]: () => watch.close(),
  };
}

describe('watching a folder', () => {
  it('wakes for every way to write a file in it', async () => {
    using folder = new TempFolder();
    folder.write('old.yaml', 'a');
    using watch = watching(folder.path);
    await watch.woken('new.yaml', () => folder.write('new.yaml', 'a'));
    await watch.woken('new.yaml', () => folder.write('new.yaml', 'b'));
    await watch.woken('old.yaml', () => folder.replace('old.yaml', 'b'));
    await watch.woken('moved.yaml', () => renameSync(folder.at('old.yaml'), folder.at('moved.yaml')));
    await watch.woken('new.yaml', () => folder.remove('new.yaml'));
    expect(watch.faults).toEqual([]);
  });

  it('wakes for both of two writes 15 ms apart', async () => {
    using folder = new TempFolder();
    folder.write('a.yaml', '1');
    using watch = watching(folder.path);
    for (let round = 0; round < 5; round += 1) {
      await watch.woken('a.yaml', () => folder.write('a.yaml', `first ${round}`));
      await new Promise((resolve) => setTimeout(resolve, 15));
      await watch.woken('a.yaml', () => folder.write('a.yaml', `second ${round}`));
    }
  });

  it('wakes for a change right behind another one without waiting for any timer', async () => {
    using folder = new TempFolder();
    folder.write('a.yaml', '1');
    using watch = watching(folder.path);
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
    using watch = watching(folder.path);
    folder.write('sub/a.yaml', '1');
    elsewhere.write('b.yaml', '1');
    await watch.woken('c.yaml', () => folder.write('c.yaml', '1'));
    expect(new Set(watch.wakes)).toEqual(new Set(['c.yaml']));
  });

  it('sees a change behind a link to a file', async () => {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    symlinkSync(elsewhere.write('a.yaml', '1'), folder.at('a.yaml'));
    using watch = watching(folder.path);
    await watch.woken('a.yaml', () => elsewhere.write('a.yaml', '2'));
  });

  it('sees a folder that appears late, goes away and comes back', async () => {
    using folder = new TempFolder();
    const late = folder.at('pods.d');
    using watch = watching(late);
    await watch.woken(undefined, () => mkdirSync(late));
    await watch.woken('a.yaml', () => folder.write('pods.d/a.yaml', '1'));
    await watch.woken(undefined, () => renameSync(late, folder.at('elsewhere')));
    await watch.woken(undefined, () => renameSync(folder.at('elsewhere'), late));
    await watch.woken('a.yaml', () => folder.write('pods.d/a.yaml', '2'));
    await watch.woken(undefined, () => rmSync(late, { recursive: true }));
  });

  it('sees a file replaced behind a chain of links, and a link being redirected', async () => {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    elsewhere.write('one', '1');
    symlinkSync('one', elsewhere.at('current'));
    symlinkSync(elsewhere.at('current'), folder.at('a.yaml'));
    using watch = watching(folder.path);
    await watch.woken('a.yaml', () => elsewhere.replace('one', '2'));
    symlinkSync('two', elsewhere.at('new'));
    await watch.woken('a.yaml', () => renameSync(elsewhere.at('new'), elsewhere.at('current')));
    await watch.woken('a.yaml', () => elsewhere.write('two', '1'));
    await watch.woken('a.yaml', () => elsewhere.write('two', '2'));
  });

  it('sees what is behind a link that is made later', async () => {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    const file = elsewhere.write('one', '1');
    using watch = watching(folder.path);
    await watch.woken('a.yaml', () => symlinkSync(file, folder.at('a.yaml')));
    await watch.woken('a.yaml', () => elsewhere.write('one', '2'));
  });

  it('is not disturbed by links that lead nowhere or everywhere, nor by what goes on beside the folder', async () => {
    using outer = new TempFolder();
    mkdirSync(outer.at('pods.d'));
    for (const [name, target] of [
      ['loop.yaml', 'loop.yaml'],
      ['none.yaml', '/nonexistent/x'],
      ['root.yaml', '/'],
      ['self.yaml', '.'],
    ] as const) {
      symlinkSync(target, outer.at(`pods.d/${name}`));
    }
    using watch = watching(outer.at('pods.d'));
    for (let n = 0; n < 20; n += 1) outer.write(`beside-${n}`, 'x');
    await watch.woken('a.yaml', () => outer.write('pods.d/a.yaml', '1'));
    await new Promise((resolve) => setTimeout(resolve, 3 * BEAT_MS));
    expect(new Set(watch.wakes)).toEqual(new Set(['a.yaml']));
    expect(watch.faults).toEqual([]);
  });

  it('leaves out entries that do not matter', async () => {
    using folder = new TempFolder();
    using watch = watching(folder.path, (name) => name.endsWith('.yaml'));
    folder.write('a.txt', '1');
    await watch.woken('a.yaml', () => folder.write('a.yaml', '1'));
    expect(new Set(watch.wakes)).toEqual(new Set(['a.yaml']));
  });

  it('sees what is in a folder that takes the place of another one, also behind a link', async () => {
    using outer = new TempFolder();
    for (const name of ['one', 'two', 'three']) mkdirSync(outer.at(name));
    symlinkSync('one', outer.at('link'));
    using behindLink = watching(outer.at('link'));
    using plain = watching(outer.at('three'));
    symlinkSync('two', outer.at('new'));
    await behindLink.woken(undefined, () => renameSync(outer.at('new'), outer.at('link')));
    await behindLink.woken('a', () => outer.write('two/a', '1'));
    await plain.woken(undefined, () => {
      renameSync(outer.at('three'), outer.at('old'));
      renameSync(outer.at('one'), outer.at('three'));
    });
    await plain.woken('a', () => outer.write('three/a', '1'));
  });

  it('sees a folder that is replaced further up, of which no event comes', async () => {
    using outer = new TempFolder();
    for (const name of ['one/pods.d', 'two/pods.d']) mkdirSync(outer.at(name), { recursive: true });
    symlinkSync('one', outer.at('current'));
    using watch = watching(outer.at('current/pods.d'));
    symlinkSync('two', outer.at('new'));
    await watch.woken(undefined, () => renameSync(outer.at('new'), outer.at('current')));
    await watch.woken('a', () => outer.write('two/pods.d/a', '1'));
  });

  it('wakes once in a turn for many changes', async () => {
    using folder = new TempFolder();
    const calls: number[] = [];
    const watch = watchPath({
      path: folder.path,
      onWake: (entries) => calls.push(entries?.size ?? 0),
      onFault: () => {},
    });
    try {
      for (let n = 0; n < 20; n += 1) folder.write(`${n}`, 'x');
      await eventually(() => calls.length > 0, 'a wake', SOON_MS);
      expect(calls).toEqual([20]);
    } finally {
      watch.close();
    }
  });

  it('sees the link that Kubernetes redirects when it updates a ConfigMap', async () => {
    using folder = new TempFolder();
    for (const set of ['..1', '..2']) {
      mkdirSync(folder.at(set));
      folder.write(`${set}/a.yaml`, set);
    }
    symlinkSync('..1', folder.at('..data'));
    symlinkSync('..data/a.yaml', folder.at('a.yaml'));
    using watch = watching(folder.path);
    symlinkSync('..2', folder.at('..data_tmp'));
    await watch.woken(undefined, () => renameSync(folder.at('..data_tmp'), folder.at('..data')));
  });
});

describe('watching a file', () => {
  it('wakes for a write, a replacement, a removal and a return', async () => {
    using folder = new TempFolder();
    const path = folder.write('flock.yaml', 'a');
    using watch = watching(path);
    await watch.woken(undefined, () => folder.write('flock.yaml', 'b'));
    await watch.woken(undefined, () => folder.replace('flock.yaml', 'c'));
    await watch.woken(undefined, () => folder.replace('flock.yaml', 'd'));
    await watch.woken(undefined, () => folder.remove('flock.yaml'));
    await watch.woken(undefined, () => folder.write('flock.yaml', 'e'));
    await watch.woken(undefined, () => folder.write('flock.yaml', 'f'));
  });
});

it('a closed watch calls no listener', async () => {
  using folder = new TempFolder();
  const wakes: unknown[] = [];
  const watch = watchPath({ path: folder.path, onWake: () => wakes.push(1), onFault: () => {} });
  folder.write('a.yaml', '1');
  watch.close();
  folder.write('b.yaml', '1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(wakes).toEqual([]);
});

it('wakes every 10 seconds without any event, as the net under lost ones', async () => {
  using folder = new TempFolder();
  // The folders above are watched too, and other programs write into them.
  const checks = vi.spyOn(FolderWatch.prototype, 'check').mockReturnValue(false);
  // With the clock, too: a wake that has taken 10 ms, as on a busy machine, puts off the next one.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const wakes: unknown[] = [];
  const watch = watchPath({ path: folder.path, onWake: (entries) => wakes.push(entries), onFault: () => {} });
  const pass = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    await setImmediate();
  };
  try {
    await pass(9_500);
    expect(wakes).toEqual([]);
    await pass(500);
    await pass(10_000);
    expect(wakes).toEqual([undefined, undefined]);
    watch.close();
    await pass(30_000);
    expect(wakes).toHaveLength(2);
  } finally {
    checks.mockRestore();
    vi.useRealTimers();
    watch.close();
  }
});
