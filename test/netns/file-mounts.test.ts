import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LONGEST_SETTLE_MS } from '../../src/files/settling.ts';
import { TempFolder } from '../fakes/temp-folder.ts';
import { isRoot } from '../lab/lab.ts';
import { FileProcess } from './file-process.ts';

const MOUNTS = ['--mount', '--propagation', 'private'];

/** A shell command that puts a manifest in place. */
function put(folder: string, name: string, ready: boolean): string {
  const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  const text = JSON.stringify({ kind: 'Pod', metadata: { name }, status });
  return `printf '%s' '${text}' > ${folder}/.new && mv ${folder}/.new ${folder}/${name}.json`;
}

describe.skipIf(!isRoot)('manifests on file systems that come and go (needs root)', () => {
  it('a file system mounted over the folder counts, and what is below it when it goes', async () => {
    using outer = new TempFolder();
    const folder = outer.at('pods.d');
    mkdirSync(folder);
    await using source = new FileProcess('manifests', folder, MOUNTS);
    await source.run(put(folder, 'a', true));
    await source.knows(['a:ready']);
    await source.run(`mount -t tmpfs none ${folder}; ${put(folder, 'b', true)}`);
    await source.knows(['b:ready']);
    await source.run(put(folder, 'b', false));
    await source.knows(['b:not']);
    await source.run(`umount ${folder}`);
    await source.knows(['a:ready']);
    await source.run(put(folder, 'a', false));
    await source.knows(['a:not']);
  });

  it.each(['tmpfs', 'bind', 'above'])('what is unmounted takes no pod with it, and is told: %s', async (kind) => {
    using outer = new TempFolder();
    const point = outer.at('point');
    const folder = kind === 'above' ? `${point}/pods.d` : point;
    mkdirSync(folder, { recursive: true });
    mkdirSync(outer.at('source/pods.d'), { recursive: true });
    const from = kind === 'bind' ? `--bind ${outer.at('source')}` : '-t tmpfs none';
    const mount = `mount ${from} ${point}; mkdir -p ${folder}`;
    await using source = new FileProcess('manifests', folder, MOUNTS, `${mount}; ${put(folder, 'a', true)}`);
    await source.knows(['a:ready']);
    await source.run(`umount ${point}`);
    await source.knows(['a:ready'], new RegExp(`is empty since the file system on ${point} was unmounted; mount it`));
    await delay(2 * LONGEST_SETTLE_MS);
    await source.knows(['a:ready'], /was unmounted/);
    await source.run(`${mount}; ${put(folder, 'a', false)}`);
    await source.knows(['a:not']);
    await source.run(`rm ${folder}/a.json`);
    await source.knows([]);
    expect(source.history.filter(({ known }) => known.length === 0).map(({ problems }) => problems)).toEqual([[]]);
  });

  it('a folder that is empty since it was unmounted counts when a manifest comes into it', async () => {
    using outer = new TempFolder();
    const folder = outer.path;
    await using source = new FileProcess(
      'manifests',
      folder,
      MOUNTS,
      `mount -t tmpfs none ${folder}; ${put(folder, 'a', true)}`,
    );
    await source.knows(['a:ready']);
    await source.run(`umount ${folder}`);
    await source.knows(['a:ready'], /was unmounted/);
    await source.run(put(folder, 'b', true));
    await source.knows(['b:ready']);
  });

  it('the same file system mounted again at once is watched again', async () => {
    using outer = new TempFolder();
    const folder = outer.at('pods.d');
    mkdirSync(folder);
    const image = outer.at('image');
    const mount = `mount -o loop ${image} ${folder}`;
    await using source = new FileProcess(
      'manifests',
      folder,
      MOUNTS,
      `truncate -s 4M ${image}; mkfs.ext4 -q ${image}; ${mount}; ${put(folder, 'a', true)}`,
    );
    await source.knows(['a:ready']);
    for (const ready of [false, true]) {
      await source.run(`umount ${folder}; ${mount}`);
      await source.run(put(folder, 'a', ready));
      await source.knows([`a:${ready ? 'ready' : 'not'}`]);
    }
    expect(source.history.every(({ known }) => known.length === 1)).toBe(true);
  });

  it('a folder that is filled anew loses no pod that comes again', async () => {
    using outer = new TempFolder();
    const folder = outer.at('pods.d');
    mkdirSync(folder);
    await using source = new FileProcess('manifests', folder, MOUNTS, put(folder, 'a', true));
    await source.knows(['a:ready']);
    const steps = ['mkdir', 'touch b', 'touch c', 'touch d'].map((step, n) =>
      n === 0 ? `mkdir ${folder}` : `sleep 0.1; ${step.replace('touch ', `echo '{"kind":"Pod"' > ${folder}/`)}.json`,
    );
    await source.run(`mv ${folder} ${outer.at('old')}; ${steps.join('; ')}; ${put(folder, 'a', false)}`);
    await source.knows(['a:not'], /JSON/);
    expect(source.history.every(({ known }) => known.length === 1)).toBe(true);
  });
});

describe.skipIf(!isRoot)('templates on file systems that come and go (needs root)', () => {
  it('are not replaced by the packaged ones when they are unmounted, and are when they are removed', async () => {
    using outer = new TempFolder();
    const folder = outer.at('templates');
    mkdirSync(folder);
    const mount = `mount -t tmpfs none ${folder}; mkdir ${folder}/partials; echo x > ${folder}/partials/peer.hbs`;
    await using watch = new FileProcess('templates', folder, MOUNTS, mount);
    await watch.knows(['partials/peer.hbs']);
    await watch.run(`umount ${folder}`);
    await watch.knows([], new RegExp(`the file system on ${folder} was unmounted; mount it`));
    await watch.run(mount);
    await watch.knows(['partials/peer.hbs']);
    await watch.run(`rm -r ${folder}/partials`);
    await watch.knows([]);
  });
});

describe.skipIf(!isRoot)('manifests where inotify is used up (needs root)', () => {
  it.each([
    ['max_inotify_watches', /no inotify watches are left \(ENOSPC\); raise fs\.inotify\.max_user_watches/],
    ['max_inotify_instances', /no inotify instances are left \(EMFILE\); raise fs\.inotify\.max_user_instances/],
  ])('%s: changes are seen all the same, the limit is told, and no longer when it is raised', async (limit, said) => {
    using folder = new TempFolder();
    // These limits belong to the user namespace, so that another one may have its own.
    const set = (value: number): string => `echo ${value} > /proc/sys/user/${limit}`;
    await using source = new FileProcess('manifests', folder.path, ['--user', '--map-root-user'], set(0));
    await source.knows([], said);
    await source.run(put(folder.path, 'a', true));
    await source.knows(['a:ready'], said);
    await source.run(put(folder.path, 'a', false));
    await source.knows(['a:not'], said);
    await source.run(set(1_000));
    await source.knows(['a:not']);
    await source.run(put(folder.path, 'a', true));
    await source.knows(['a:ready']);
  });
});
