// @module-tag real
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../lab/eventually.ts';
import { podText } from '../fixtures.ts';
import { DirectoryRig } from './directory-rig.ts';

const web = { namespace: 'default', name: 'web' };

describe('the directory source', () => {
  it('has read everything when it has started, and nothing before', async () => {
    await using rig = new DirectoryRig();
    rig.folder.write('a.yaml', podText('web'));
    rig.folder.write('b.yml', `${podText('one')}---\n${podText('two')}`);
    rig.folder.write('c.json', '{"kind":"Pod","metadata":{"name":"json"}}');
    for (const name of ['notes.txt', '.hidden.yaml', 'd.yaml~', 'e.YAML']) rig.folder.write(name, podText('no'));
    mkdirSync(rig.folder.at('folder.yaml.d'));
    expect(rig.source.snapshot()).toMatchObject({ synced: false });
    await rig.source.start();
    expect(rig.source.snapshot()).toMatchObject({ synced: true, problems: [] });
    expect(rig.names()).toBe('default/json default/one default/two default/web');
  });

  it('sees a file written in place, put in place, changed and removed', async () => {
    await using rig = await DirectoryRig.start();
    rig.folder.write('a.yaml', podText('one'));
    await rig.knows('default/one');
    rig.folder.replace('b.yaml', `${podText('two')}---\n${podText('three')}`);
    await rig.knows('default/one default/three default/two');
    rig.folder.replace('b.yaml', podText('two'));
    await rig.knows('default/one default/two');
    rig.folder.write('a.yaml', podText('one', { anycast: '192.0.2.1' }));
    await eventually(() => rig.pod('one')?.annotations.get('anycast') === '192.0.2.1', 'the annotation is seen');
    rig.folder.remove('a.yaml');
    await rig.knows('default/two');
    renameSync(rig.folder.at('b.yaml'), rig.folder.at('b.bak'));
    await rig.knows('');
    expect(rig.problems()).toBe('');
  });

  it('reports a change once, and not a file that was rewritten with the same text', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    rig.changes = 0;
    rig.folder.replace('a.yaml', podText('web'));
    rig.folder.write('a.yaml', podText('web'));
    rig.folder.write('ignored.txt', 'x');
    await delay(600);
    expect(rig.changes).toBe(0);
    rig.folder.replace('a.yaml', podText('web', { ready: true }));
    await rig.becomes('web', 'ready');
    await delay(600);
    expect(rig.changes).toBe(1);
  });

  it('takes the second of two writes 15 ms apart', async () => {
    await using rig = await DirectoryRig.start();
    for (let round = 0; round < 10; round += 1) {
      rig.folder.write('a.yaml', podText('web', { anycast: `192.0.2.${round}` }));
      await delay(15);
      rig.folder.write('a.yaml', podText('web', { anycast: `198.51.100.${round}` }));
      const second = () => rig.pod('web')?.annotations.get('anycast') === `198.51.100.${round}`;
      await eventually(second, `the second write of round ${round} is seen`);
    }
  });

  it('loses no pod while its file is written in place again and again', async () => {
    const text = (round: number): string => `${podText('web', { ready: true })}# ${round}\n${'#\n'.repeat(20_000)}`;
    await using rig = await DirectoryRig.start({ 'a.yaml': text(0) });
    const lost: string[] = [];
    rig.source.onChange(() => {
      if (rig.names() !== 'default/web' || rig.readiness('web')?.ready !== true) lost.push(rig.names());
    });
    for (let round = 1; round <= 15; round += 1) {
      rig.folder.write('a.yaml', '');
      await delay(round % 5);
      rig.folder.write('a.yaml', text(round));
      await delay(5);
    }
    await delay(600);
    expect(lost).toEqual([]);
    expect(rig.problems()).toBe('');
  });

  it('loses no pod to an editor that moves the old file away and writes a new one', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    const lost: string[] = [];
    rig.source.onChange(() => {
      if (rig.names() !== 'default/web') lost.push(rig.names());
    });
    for (let round = 0; round < 10; round += 1) {
      renameSync(rig.folder.at('a.yaml'), rig.folder.at('a.yaml~'));
      rig.folder.write('a.yaml', podText('web', { anycast: `192.0.2.${round}` }));
      await eventually(() => rig.pod('web')?.annotations.get('anycast') === `192.0.2.${round}`, 'the edit is seen');
    }
    expect(lost).toEqual([]);
  });

  it('loses no pod to an editor that leaves the file away, and then empty, for longer', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    const lost: string[] = [];
    rig.source.onChange(() => {
      if (rig.names() !== 'default/web') lost.push(rig.names());
    });
    for (let round = 0; round < 5; round += 1) {
      renameSync(rig.folder.at('a.yaml'), rig.folder.at('a.yaml~'));
      await delay(60);
      rig.folder.write('a.yaml', '');
      await delay(60);
      rig.folder.write('a.yaml', podText('web', { anycast: `192.0.2.${round}` }));
      await eventually(() => rig.pod('web')?.annotations.get('anycast') === `192.0.2.${round}`, 'the edit is seen');
    }
    expect(lost).toEqual([]);
  });

  it('sees everything that hundreds of changes leave behind, and the last one first', async () => {
    const json = (n: number, ready: boolean, pad = ''): string =>
      JSON.stringify({
        kind: 'Pod',
        metadata: { name: `pod-${n}` },
        status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      }) + pad;
    const count = 600;
    const files = Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.json`, json(n, true)]));
    await using rig = await DirectoryRig.start(files);
    for (let n = 1; n < count; n += 1) rig.folder.replace(`${n}.json`, json(n, true, '\n'));
    rig.changes = 0;
    rig.folder.replace('0.json', json(0, false));
    await rig.becomes('pod-0', 'notReady');
    expect(rig.changes).toBe(1);
    for (let n = 1; n < count; n += 1) rig.folder.replace(`${n}.json`, json(n, n % 2 === 0));
    const ready = () => Array.from({ length: count }, (_, n) => rig.readiness(`pod-${n}`)?.ready === true);
    await eventually(() => ready().every((one, n) => one === (n > 0 && n % 2 === 0)), 'all changes are seen');
  }, 60_000);

  it('keeps the pods of a file that turns bad, says so, and takes the next good one', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web', { anycast: '192.0.2.1' }) });
    rig.folder.replace('a.yaml', 'kind: Pod\nmetadata: {name: [\n');
    await eventually(() => rig.problems() === 'manifestInvalid', 'the fault is reported');
    expect(rig.pod('web')?.annotations.get('anycast')).toBe('192.0.2.1');
    rig.folder.replace('a.yaml', podText('web', { anycast: '192.0.2.2' }));
    await eventually(() => rig.problems() === '', 'the fault is gone');
    expect(rig.pod('web')?.annotations.get('anycast')).toBe('192.0.2.2');
  });

  it('keeps the pods of a file that becomes something else, and says so', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    rig.folder.remove('a.yaml');
    execFileSync('mkfifo', [rig.folder.at('a.yaml')]);
    await eventually(() => rig.problems() === 'manifestUnreadable', 'the pipe is reported');
    expect(rig.names()).toBe('default/web');
    rig.folder.remove('a.yaml');
    await rig.knows('');
    expect(rig.problems()).toBe('');
  });

  it('takes the first of two manifests of one pod, and the second when the first goes', async () => {
    await using rig = await DirectoryRig.start({ 'b.yaml': podText('web', { anycast: '192.0.2.2' }) });
    rig.folder.write('a.yaml', podText('web', { anycast: '192.0.2.1' }));
    await eventually(() => rig.problems() === 'podDuplicate', 'the second is reported');
    expect(rig.pod('web')?.annotations.get('anycast')).toBe('192.0.2.1');
    rig.folder.remove('a.yaml');
    await eventually(() => rig.pod('web')?.annotations.get('anycast') === '192.0.2.2', 'the second counts');
    expect(rig.problems()).toBe('');
  });

  it('sees all files of a ConfigMap change when Kubernetes redirects its link', async () => {
    await using rig = new DirectoryRig();
    for (const set of ['..1', '..2']) {
      mkdirSync(rig.folder.at(set));
      rig.folder.write(`${set}/a.yaml`, podText(`pod-${set.slice(2)}`));
    }
    symlinkSync('..1', rig.folder.at('..data'));
    symlinkSync('..data/a.yaml', rig.folder.at('a.yaml'));
    await rig.source.start();
    expect(rig.names()).toBe('default/pod-1');
    symlinkSync('..2', rig.folder.at('..data_tmp'));
    renameSync(rig.folder.at('..data_tmp'), rig.folder.at('..data'));
    await rig.knows('default/pod-2');
  });

  it('calls no listener once it is stopped', async () => {
    await using rig = await DirectoryRig.start();
    rig.folder.write('a.yaml', podText('web'));
    await rig.source.stop();
    rig.changes = 0;
    rig.folder.write('b.yaml', podText('db'));
    await delay(600);
    expect(rig.changes).toBe(0);
  });
});

describe('the folder itself', () => {
  it('may be missing, which is reported, and is watched for', async () => {
    await using rig = new DirectoryRig();
    const directory = rig.folder.at('pods.d');
    await using late = new DirectoryRig(directory);
    await late.source.start();
    expect(late.source.snapshot()).toMatchObject({ synced: true });
    expect(late.source.snapshot().problems).toEqual([
      {
        code: 'sourceUnavailable',
        subject: directory,
        message: `folder ${directory} (pods.directory) does not exist; create it`,
      },
    ]);
    await expect(late.source.lookup(web)).resolves.toBeUndefined();
    mkdirSync(directory);
    rig.folder.write('pods.d/a.yaml', podText('web'));
    await late.knows('default/web');
    expect(late.problems()).toBe('');
  });

  it('that goes away takes no pods with it, and says so', async () => {
    await using outer = new DirectoryRig();
    const directory = outer.folder.at('pods.d');
    mkdirSync(directory);
    outer.folder.write('pods.d/a.yaml', podText('web'));
    await using rig = new DirectoryRig(directory);
    await rig.source.start();
    renameSync(directory, outer.folder.at('elsewhere'));
    await eventually(() => rig.problems() === 'sourceUnavailable', 'the folder is missed');
    await delay(600);
    expect(rig.names()).toBe('default/web');
    await expect(rig.source.lookup(web)).resolves.toMatchObject({ name: 'web' });
    await expect(rig.source.lookup({ ...web, name: 'db' })).rejects.toMatchObject({ code: 'tryAgainLater' });
    expect(rig.source.snapshot().problems[0]?.message).toContain('pods kept from the last reading: 1');
    mkdirSync(directory);
    outer.folder.write('pods.d/b.yaml', podText('db'));
    await rig.knows('default/db');
  });

  it('that is no folder has not been read, and ADD is to come again', async () => {
    await using outer = new DirectoryRig();
    await using rig = new DirectoryRig(outer.folder.write('pods.d', 'a file'));
    await rig.source.start();
    expect(rig.source.snapshot()).toMatchObject({ synced: false });
    await expect(rig.source.lookup(web)).rejects.toMatchObject({ code: 'tryAgainLater', message: /ENOTDIR/ });
  });
});

describe('looking a pod up', () => {
  it('finds a manifest that was put in place an instant before', async () => {
    await using rig = await DirectoryRig.start();
    for (let round = 0; round < 50; round += 1) {
      const anycast = `192.0.2.${round}`;
      if (round % 2 === 0) rig.folder.replace('a.yaml', podText('web', { anycast }));
      else rig.folder.write('a.yaml', podText('web', { anycast }));
      const pod = await rig.source.lookup(web);
      expect(pod?.annotations.get('anycast')).toBe(anycast);
    }
  });

  it('finds a change that keeps size, place and time of the file', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web', { anycast: '192.0.2.1' }) });
    const path = rig.folder.at('a.yaml');
    const time = new Date(2020, 1, 1);
    utimesSync(path, time, time);
    await rig.source.lookup(web);
    rig.folder.write('a.yaml', podText('web', { anycast: '192.0.2.2' }));
    utimesSync(path, time, time);
    expect((await rig.source.lookup(web))?.annotations.get('anycast')).toBe('192.0.2.2');
  });

  it('answers many at once with what was there when each asked', async () => {
    await using rig = await DirectoryRig.start();
    const lookups = Array.from({ length: 110 }, (_, i) => {
      rig.folder.write(`${i}.yaml`, podText(`pod-${i}`));
      return rig.source.lookup({ namespace: 'default', name: `pod-${i}` });
    });
    const pods = await Promise.all(lookups);
    expect(pods.map((pod) => pod?.name)).toEqual(Array.from({ length: 110 }, (_, i) => `pod-${i}`));
  });

  it('does not find a pod of another uid, namespace or name', async () => {
    await using rig = await DirectoryRig.start({
      'a.yaml': podText('web', { uid: 'u1', ready: true }),
      'b.yaml': podText('db', { ready: true }),
    });
    await expect(rig.source.lookup({ ...web, uid: 'u1' })).resolves.toMatchObject({ uid: 'u1' });
    await expect(rig.source.lookup({ ...web, uid: 'u2' })).resolves.toBeUndefined();
    await expect(rig.source.lookup(web)).resolves.toMatchObject({ uid: 'u1' });
    await expect(rig.source.lookup({ ...web, namespace: 'dns' })).resolves.toBeUndefined();
    await expect(rig.source.lookup({ ...web, name: 'db', uid: 'u2' })).resolves.toMatchObject({ name: 'db' });
    expect(rig.readiness('web', 'u1')).toEqual({ ready: true });
    expect(rig.readiness('web', 'u2')).toBeUndefined();
    expect(rig.readiness('nobody')).toBeUndefined();
  });

  it('does not find a pod whose manifest was removed', async () => {
    await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
    rig.folder.remove('a.yaml');
    await eventually(async () => (await rig.source.lookup(web)) === undefined, 'the pod is not found');
  });
});

it('is not misled by permissions that only root may pass', async () => {
  await using rig = await DirectoryRig.start({ 'a.yaml': podText('web') });
  chmodSync(rig.folder.at('a.yaml'), 0o000);
  await rig.source.lookup(web);
  expect(rig.names()).toBe('default/web');
  const readable = ((): boolean => {
    try {
      return readFileSync(rig.folder.at('a.yaml')).length > 0;
    } catch {
      return false;
    }
  })();
  expect(rig.problems()).toBe(readable ? '' : 'manifestUnreadable');
  rmSync(rig.folder.at('a.yaml'));
});
