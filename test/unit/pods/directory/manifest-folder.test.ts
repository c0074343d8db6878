// @module-tag real
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTLE_MS } from '../../../../src/files/settling.ts';
import { isManifestName, ManifestFolder } from '../../../../src/pods/directory/manifest-folder.ts';
import { LONGEST_FILL_MS } from '../../../../src/pods/directory/manifest-record.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { podText } from '../fixtures.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;
/** Longer than any stamp needs to be trusted. */
const LONG_MS = 3_000;

/** A real folder, and a clock that moves only when told. */
class FolderRig implements Disposable {
  readonly temp = new TempFolder();
  readonly folder: ManifestFolder;
  now = 1_000_000;
  /** What each look at the clock costs. */
  tick = 0;

  constructor(files: Record<string, string> = {}, path?: string) {
    for (const [name, text] of Object.entries(files)) this.temp.write(name, text);
    const now = (): number => {
      this.now += this.tick;
      return this.now;
    };
    this.folder = new ManifestFolder(path ?? this.temp.path, now, [0, process.getuid?.() ?? 0]);
    this.folder.list('all');
    this.later(LONG_MS);
  }

  get names(): string {
    const pods = this.folder.records.flatMap(({ manifests }) => manifests.map(({ pod }) => pod.name));
    return pods.join(' ');
  }

  get problems(): string[] {
    return this.folder.records.flatMap(({ problems }) =>
      problems.map(({ code, subject, message }) => `${code} ${subject}: ${message}`),
    );
  }

  look(): boolean {
    this.folder.list('all');
    return this.folder.work(NO_LIMIT);
  }

  later(ms: number): boolean {
    this.now += ms;
    return this.folder.work(NO_LIMIT);
  }

  [Symbol.dispose](): void {
    this.temp[Symbol.dispose]();
  }
}

it('the names that the shell would find are those of manifests', () => {
  const names = ['a.yaml', 'a.b.yml', 'a.json', '.a.yaml', 'a.yaml~', '.yaml', 'a.YAML', 'a.yaml.bak', 'yaml', 'a.txt'];
  expect(names.filter(isManifestName)).toEqual(['a.yaml', 'a.b.yml', 'a.json']);
});

describe('looking at a folder', () => {
  it('tells only of what is different, and wants nothing while nothing happens', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a'), 'b.yaml': podText('b') });
    expect([rig.names, rig.folder.nextAt, rig.look()]).toEqual(['a b', undefined, false]);
    rig.temp.replace('a.yaml', podText('a', { ready: false }));
    expect([rig.look(), rig.look()]).toEqual([true, false]);
    rig.temp.replace('a.yaml', `# the same\n${podText('a', { ready: false })}`);
    expect(rig.look()).toBe(false);
  });

  it('reads only what may differ', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a'), 'b.yaml': podText('b') });
    rig.folder.list('all');
    expect(rig.folder.isDue).toBe(false);
    rig.temp.replace('a.yaml', podText('a'));
    rig.folder.list('names');
    expect(rig.folder.isDue).toBe(false);
    rig.folder.list('all');
    expect(rig.folder.isDue).toBe(true);
  });

  it('reads a file again that was written an instant before, since it may be written once more in the same tick', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a') });
    rig.temp.replace('a.yaml', podText('a', { ready: true }));
    rig.look();
    expect(rig.folder.nextAt).toBeGreaterThan(rig.now);
    rig.later(LONG_MS);
    expect(rig.folder.nextAt).toBeUndefined();
  });

  it.each([0, 4_000_000_000])('sees an edit that keeps size and time, whatever time that is: %s', (seconds) => {
    using rig = new FolderRig({ 'a.yaml': podText('a', { uid: 'u1', ready: true }) });
    const path = rig.temp.at('a.yaml');
    utimesSync(path, seconds, seconds);
    rig.look();
    rig.later(LONG_MS);
    writeFileSync(path, podText('a', { uid: 'u2', ready: true }));
    utimesSync(path, seconds, seconds);
    rig.look();
    rig.later(SETTLE_MS);
    expect(rig.folder.records[0]?.manifests[0]?.pod.uid).toBe('u2');
  });

  it('takes the names that have come or gone alone', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a'), 'b.yaml': podText('b') });
    rig.temp.remove('a.yaml');
    rig.temp.write('c.json', '{"kind":"Pod","metadata":{"name":"c"}}');
    rig.folder.list('names');
    rig.folder.work(NO_LIMIT);
    expect(rig.names).toBe('a b c');
    rig.later(SETTLE_MS);
    expect(rig.names).toBe('b c');
  });

  it('reads the latest change first, and stops when its time is up', () => {
    const many = Array.from({ length: 50 }, (_, n) => `${n}.yaml`);
    using rig = new FolderRig(Object.fromEntries(many.map((name) => [name, podText(`pod-${name.slice(0, -5)}`)])));
    for (const name of many) rig.temp.replace(name, podText(`pod-${name.slice(0, -5)}`, { ready: false }));
    for (const name of [...many, '7.yaml']) rig.folder.mark(name);
    rig.tick = 1;
    rig.folder.work(1);
    const read = rig.folder.records.filter(({ manifests }) => manifests[0]?.readyCondition !== undefined);
    expect(read.map(({ file }) => file)).toEqual(['7.yaml']);
    while (rig.folder.isDue) rig.folder.work(1);
    expect(rig.folder.records.every(({ manifests }) => manifests[0]?.readyCondition !== undefined)).toBe(true);
  });

  it('lets no file count as gone while others are still coming', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a') });
    rig.temp.remove('a.yaml');
    for (const name of ['b', 'c', 'd']) {
      rig.temp.write(`${name}.yaml`, podText(name));
      rig.look();
      rig.now += SETTLE_MS - 10;
    }
    rig.look();
    expect(rig.names).toContain('a');
    rig.later(SETTLE_MS);
    expect(rig.names).toBe('b c d');
  });

  it('lets a file count as gone although others never stop coming', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a') });
    rig.temp.remove('a.yaml');
    const began = rig.now;
    for (let n = 0; rig.names.includes('a'); n += 1) {
      expect(rig.now - began).toBeLessThanOrEqual(LONGEST_FILL_MS + SETTLE_MS);
      rig.temp.write(`b${n}.json`, `{"kind":"Pod","metadata":{"name":"b${n}"}}`);
      rig.look();
      rig.now += SETTLE_MS - 10;
    }
    expect(rig.now - began).toBeGreaterThanOrEqual(LONGEST_FILL_MS);
  });
});

describe('what is odd in a folder', () => {
  /** What is there, and what is said of it. */
  const ODD: readonly (readonly [string, (rig: FolderRig, path: string) => void, RegExp | undefined])[] = [
    ['a link to itself', (_, path) => symlinkSync('odd.yaml', path), /it is a link that leads to itself; correct/],
    ['a link to nothing', (_, path) => symlinkSync('/none/x', path), /it is a link to \/none\/x, which does not exist/],
    ['a link to /', (_, path) => symlinkSync('/', path), /it is not a regular file/],
    ['a link to the folder', (_, path) => symlinkSync('.', path), /it is not a regular file/],
    ['a link to a device', (_, path) => symlinkSync('/dev/zero', path), /it is not a regular file/],
    ['a folder', (_, path) => mkdirSync(path), /it is not a regular file/],
    ['a pipe', (_, path) => execFileSync('mkfifo', [path]), /it is not a regular file/],
    ['a huge file', (_, path) => writeFileSync(path, 'x'.repeat(2_000_000)), /it is larger than 1572864 bytes/],
    ['no text', (_, path) => writeFileSync(path, Buffer.from([0xff, 0xfe])), /it is not UTF-8 text/],
    ['an empty file', (_, path) => writeFileSync(path, ''), undefined],
  ];

  it.each(ODD)(
    '%s is told, holds nothing up, is not read again, and is forgotten when it goes',
    (_what, make, said) => {
      using rig = new FolderRig({ 'a.yaml': podText('a', { ready: true }) });
      make(rig, rig.temp.at('odd.yaml'));
      rig.look();
      rig.later(LONG_MS);
      expect(rig.problems).toEqual(
        said === undefined ? [] : [expect.stringMatching(new RegExp(`^manifestUnreadable odd.yaml: .*${said.source}`))],
      );
      expect(rig.folder.nextAt).toBeUndefined();
      rig.folder.list('all');
      expect(rig.folder.isDue).toBe(false);
      rig.temp.replace('a.yaml', podText('a', { ready: false }));
      expect(rig.look()).toBe(true);
      rmSync(rig.temp.at('odd.yaml'), { recursive: true });
      rig.look();
      rig.later(LONG_MS);
      expect(rig.problems).toEqual([]);
    },
  );

  it('a name that is not UTF-8 is told, and forgotten when it goes', () => {
    using rig = new FolderRig({ 'a.yaml': podText('a') });
    const path = Buffer.concat([Buffer.from(`${rig.temp.path}/caf`), Buffer.from([0xe9]), Buffer.from('.yaml')]);
    writeFileSync(path, podText('b'));
    rig.look();
    rig.later(LONG_MS);
    expect(rig.names).toBe('a');
    expect(rig.problems).toEqual([
      'manifestUnreadable caf\uFFFD.yaml: it cannot be read: its name is not UTF-8; rename it',
    ]);
    rmSync(path);
    rig.look();
    rig.later(LONG_MS);
    expect(rig.problems).toEqual([]);
  });

  it('a link whose target goes keeps its pod until the link goes', () => {
    using elsewhere = new TempFolder();
    using rig = new FolderRig();
    symlinkSync(elsewhere.write('x', podText('web')), rig.temp.at('web.yaml'));
    rig.look();
    rig.later(LONG_MS);
    elsewhere.remove('x');
    rig.look();
    rig.later(LONG_MS);
    expect(rig.names).toBe('web');
    expect(rig.problems[0]).toMatch(/which does not exist; correct or remove it; its pod is kept as last read$/);
    rig.temp.remove('web.yaml');
    rig.look();
    rig.later(LONG_MS);
    expect([rig.names, rig.problems]).toEqual(['', []]);
  });
});

it('a folder that goes in the middle of a change keeps everything', () => {
  using outer = new TempFolder();
  mkdirSync(outer.at('pods.d'));
  outer.write('pods.d/a.yaml', podText('a'));
  using rig = new FolderRig({}, outer.at('pods.d'));
  outer.remove('pods.d/a.yaml');
  rig.look();
  renameSync(outer.at('pods.d'), outer.at('old'));
  // No event has told of it: the look that would confirm that the file has gone finds that the folder has.
  expect(rig.later(SETTLE_MS)).toBe(true);
  expect([rig.names, rig.folder.state.kind, rig.folder.nextAt]).toEqual(['a', 'missing', undefined]);
  renameSync(outer.at('old'), outer.at('pods.d'));
  rig.look();
  rig.later(LONG_MS);
  expect([rig.names, rig.folder.state.kind]).toEqual(['', 'listed']);
});

describe('a folder that has gone and is made again', () => {
  /** A folder with two pods that goes, its files first, and comes back without them a while later. */
  function madeAgain(outer: TempFolder): FolderRig {
    mkdirSync(outer.at('pods.d'));
    for (const name of ['a', 'b']) outer.write(`pods.d/${name}.yaml`, podText(name));
    const rig = new FolderRig({}, outer.at('pods.d'));
    for (const name of ['a', 'b']) outer.remove(`pods.d/${name}.yaml`);
    rig.look();
    rmSync(outer.at('pods.d'), { recursive: true });
    rig.look();
    rig.now += LONG_MS;
    mkdirSync(outer.at('pods.d'));
    rig.look();
    return rig;
  }

  it('is given the time to be filled', () => {
    using outer = new TempFolder();
    using rig = madeAgain(outer);
    expect([rig.names, rig.folder.state.kind]).toEqual(['a b', 'listed']);
    for (const name of ['a', 'b']) {
      rig.now += SETTLE_MS - 10;
      outer.write(`pods.d/${name}.yaml`, podText(name));
      rig.folder.mark(`${name}.yaml`);
      rig.folder.work(NO_LIMIT);
      expect(rig.names).toBe('a b');
    }
    rig.later(LONG_MS);
    expect(rig.names).toBe('a b');
  });

  it('is given that time on a machine that has stalled, by the names that are there again', () => {
    using outer = new TempFolder();
    using rig = madeAgain(outer);
    rig.now += SETTLE_MS - 10;
    outer.write('pods.d/b.yaml', podText('b'));
    rig.later(LONG_MS);
    expect(rig.names).toBe('a b');
    rig.later(SETTLE_MS);
    expect(rig.names).toBe('b');
  });

  it('counts as it is then', () => {
    using outer = new TempFolder();
    using rig = madeAgain(outer);
    rig.later(SETTLE_MS - 1);
    expect(rig.names).toBe('a b');
    rig.later(1);
    expect(rig.names).toBe('');
  });
});

describe('a pod that moves to another file', () => {
  it.each([0, 100, SETTLE_MS - 1])('is never lacking when it comes there %i ms later', (gap) => {
    using rig = new FolderRig({ 'a.yaml': `${podText('a')}---\n${podText('b')}`, 'c.yaml': podText('c') });
    rig.temp.replace('a.yaml', podText('a'));
    rig.temp.remove('c.yaml');
    rig.look();
    rig.now += gap;
    // Each the open end of its file, so that it counts only later.
    rig.temp.write('d.yaml', podText('b'));
    rig.temp.write('e.yaml', podText('c'));
    rig.look();
    for (let ms = 0; ms < LONG_MS; ms += 1) {
      rig.later(1);
      expect([...new Set(rig.names.split(' '))].sort()).toEqual(['a', 'b', 'c']);
    }
    expect(rig.folder.records.map(({ file }) => file)).toEqual(['a.yaml', 'd.yaml', 'e.yaml']);
    expect(rig.folder.nextAt).toBeUndefined();
  });
});
