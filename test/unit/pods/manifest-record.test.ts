import { describe, expect, it } from 'vitest';
import { type FileReading, type ManifestRecord, nextRecord } from '../../../src/pods/manifest-record.ts';
import { podText } from './fixtures.ts';

const stamp = (changedAt: number, uid = 0, mode = 0o644) => ({
  id: `${changedAt}`,
  changedAt,
  wholeSeconds: false,
  uid,
  mode,
});

/** A reading at a time; `changedAt` is when the file was written, by default long before. */
function reading(text: string, now = 10_000, changedAt = 0, uid = 0, mode = 0o644): FileReading {
  const kind = 'text' as const;
  return { file: 'a.yaml', now, trustedUids: [0], reading: { kind, text, stamp: stamp(changedAt, uid, mode) } };
}

const missing = (now: number): FileReading => ({ ...reading('', now), reading: { kind: 'missing' } });
const unreadable: FileReading = { ...reading(''), reading: { kind: 'unreadable', message: 'EACCES' } };

const names = (record: ManifestRecord | undefined): string[] => (record?.manifests ?? []).map(({ pod }) => pod.name);
const codes = (record: ManifestRecord | undefined): string[] => (record?.problems ?? []).map(({ code }) => code);

const two = nextRecord(undefined, reading(`${podText('one')}---\n${podText('two')}`));

describe('a file that is read for the first time', () => {
  it('gives its pods', () => {
    expect(names(two)).toEqual(['one', 'two']);
    expect(codes(two)).toEqual([]);
  });

  it('and cannot be read is reported, with no pods', () => {
    const record = nextRecord(undefined, unreadable);
    expect(names(record)).toEqual([]);
    expect(record?.problems).toEqual([
      { code: 'manifestUnreadable', subject: 'a.yaml', message: 'it cannot be read: EACCES' },
    ]);
  });

  it('and is not there is nothing', () => {
    expect(nextRecord(undefined, missing(0))).toBeUndefined();
  });
});

describe('a file that is read again', () => {
  it('and is the same keeps its pods as they are', () => {
    const record = nextRecord(two, reading(`${podText('one')}---\n${podText('two')}`, 20_000, 19_990));
    expect(record?.manifests).toBe(two?.manifests);
    expect(record?.stamp?.changedAt).toBe(19_990);
  });

  it('and has changed gives the new pods at once', () => {
    const record = nextRecord(two, reading(`${podText('one', { ready: true })}---\n${podText('two')}`, 20_000, 20_000));
    expect(record?.manifests[0]?.readyCondition).toEqual({ status: 'True', message: '' });
    expect(record?.unsettled).toBeUndefined();
  });

  it('and lacks a pod keeps it until that has lasted', () => {
    const early = nextRecord(two, reading(podText('one', { ready: true }), 20_050, 20_000));
    expect(names(early)).toEqual(['one', 'two']);
    expect(early?.manifests[0]?.readyCondition?.status).toBe('True');
    const later = nextRecord(early, reading(podText('one', { ready: true }), 20_100, 20_000));
    expect(names(later)).toEqual(['one']);
    expect(later?.unsettled).toBeUndefined();
  });

  it('and is empty keeps its pods until that has lasted', () => {
    const early = nextRecord(two, reading('', 20_001, 20_000));
    expect(names(early)).toEqual(['one', 'two']);
    expect(codes(early)).toEqual([]);
    expect(names(nextRecord(early, reading('', 20_100, 20_000)))).toEqual([]);
  });

  it('and is bad keeps its pods, and says so when that has lasted', () => {
    const early = nextRecord(two, reading('kind: [', 20_001, 20_000));
    expect([names(early), codes(early)]).toEqual([['one', 'two'], []]);
    const later = nextRecord(early, reading('kind: [', 20_100, 20_000));
    expect(names(later)).toEqual(['one', 'two']);
    expect(later?.problems[0]?.message).toMatch(/^line 1, column 8: .*; its 2 pods stand as last read$/);
    const right = nextRecord(later, reading(podText('one'), 30_000, 20_500));
    expect([names(right), codes(right)]).toEqual([['one'], []]);
  });

  it('and has one bad document keeps the pod of that one alone', () => {
    const text = `${podText('three')}---\nkind: Pod\nmetadata: {name: two, uid: 5}\n`;
    const record = nextRecord(two, reading(text, 20_000, 10_000));
    expect(names(record)).toEqual(['three', 'two']);
    expect(record?.problems[0]?.message).toContain('its pod stands as last read');
  });

  it('and cannot be read keeps its pods, and says so once', () => {
    const record = nextRecord(two, unreadable);
    expect(names(record)).toEqual(['one', 'two']);
    expect(record?.problems[0]?.message).toBe('it cannot be read: EACCES; its 2 pods stand as last read');
    expect(nextRecord(record, unreadable)?.problems).toBe(record?.problems);
    expect(names(nextRecord(record, reading(podText('one'))))).toEqual(['one']);
  });

  it('and is not there keeps its pods for an instant, in which an editor may put it back', () => {
    const early = nextRecord(two, missing(20_000));
    expect(names(early)).toEqual(['one', 'two']);
    expect(names(nextRecord(early, reading(podText('one'), 20_005, 10_000)))).toEqual(['one']);
    expect(nextRecord(early, missing(20_009))?.unsettled?.since).toBe(20_000);
    expect(nextRecord(early, missing(20_010))).toBeUndefined();
  });

  it('settles also where the clock of the file system is ahead', () => {
    const early = nextRecord(two, reading('', 20_000, 90_000));
    expect(names(early)).toEqual(['one', 'two']);
    expect(names(nextRecord(early, reading('', 20_100, 90_000)))).toEqual([]);
  });
});

describe('commands of a file', () => {
  const text = podText('one', { spec: '{containers: [{readinessProbe: {exec: {command: ["true"]}}}]}' });

  it('may run when it is root’s', () => {
    expect(names(nextRecord(undefined, reading(text)))).toEqual(['one']);
  });

  it.each([
    ['of somebody else', 1_000, 0o644, 'belongs to user 1000, so that its exec probes may not run on the host; chown'],
    ['that everybody may write', 0, 0o666, 'is writable by everybody, so that its exec probes may not run on the host'],
  ])('%s may not', (_what, uid, mode, message) => {
    const record = nextRecord(undefined, reading(text, 10_000, 0, uid, mode));
    expect(names(record)).toEqual([]);
    expect(record?.problems[0]?.message).toContain(message);
    expect(names(nextRecord(record, reading(text)))).toEqual(['one']);
  });

  it('do not matter to pods without commands', () => {
    expect(names(nextRecord(undefined, reading(podText('one'), 10_000, 0, 1_000)))).toEqual(['one']);
  });
});

it('reports what is wrong with annotations, and keeps the pod', () => {
  const text =
    podText('one', { anycast: '192.0.2.300' }) +
    `---\n${podText('two').replace('name: two', 'name: two\n  annotations: {flock.fritzlab.net/anycasts: x, flock.fritzlab.net/ip-algo: pod}')}`;
  const record = nextRecord(undefined, reading(text));
  expect(names(record)).toEqual(['one', 'two']);
  expect(record?.problems.map(({ code, subject }) => [code, subject])).toEqual([
    ['annotationInvalid', 'default/one'],
    ['annotationUnknown', 'default/two'],
    ['annotationInvalid', 'default/two'],
  ]);
});
