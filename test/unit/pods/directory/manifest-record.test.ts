import { describe, expect, it } from 'vitest';
import { LONGEST_SETTLE_MS, SETTLE_MS } from '../../../../src/files/settling.ts';
import {
  acceptPod,
  type FileReading,
  LONGEST_FILL_MS,
  type ManifestRecord,
  nextRecord,
} from '../../../../src/pods/directory/manifest-record.ts';
import { podText } from '../fixtures.ts';

/** A reading at a time. */
function reading(text: string, now = 0, uid = 0, mode = 0o644): FileReading {
  // The times of the file say nothing: they come from another clock.
  const stamp = { id: 'same', changedAt: 1e12 - 7 * now, wholeSeconds: false, uid, mode };
  return { file: 'a.yaml', now, trustedUids: [0], reading: { kind: 'text', text, stamp } };
}

const missing = (now: number): FileReading => ({ ...reading('', now), reading: { kind: 'missing' } });
const unreadable = (now: number, message = 'EACCES'): FileReading => ({
  ...reading('', now),
  reading: { kind: 'unreadable', message },
});

const names = (record: ManifestRecord | undefined): string[] => (record?.manifests ?? []).map(({ pod }) => pod.name);
const codes = (record: ManifestRecord | undefined): string[] => (record?.problems ?? []).map(({ code }) => code);

/** The record after readings one after another. */
function readAll(...looks: readonly FileReading[]): ManifestRecord | undefined {
  let record: ManifestRecord | undefined;
  for (const look of looks) record = nextRecord(record, look);
  return record;
}

const both = `${podText('one', { ready: true })}---\n${podText('two', { ready: true })}`;
/** Two pods that have been there since before all time. */
const two = nextRecord(undefined, { ...reading(both, -100_000), first: true });
const from = (...looks: readonly FileReading[]): ManifestRecord | undefined => {
  let record = two;
  for (const look of looks) record = nextRecord(record, look);
  return record;
};

/** What counts of the two pods: T ready, F not ready, - gone; then the codes of the problems. */
function counts(record: ManifestRecord | undefined): string {
  const pods = ['one', 'two'].map((name) => {
    const found = record?.manifests.find(({ pod }) => pod.name === name);
    return found === undefined ? '-' : (found.readyCondition?.status[0] ?? '?');
  });
  return [pods.join(''), ...codes(record)].join(' ');
}

const ready = podText('one', { ready: true });
const unready = podText('one', { ready: false });
const rest = `---\n${podText('two', { ready: true })}`;
const JUST_SETTLED = SETTLE_MS;
const ALMOST = SETTLE_MS - 1;

/** Each sentence: what is read when, and what counts after the last reading. */
const SENTENCES: readonly (readonly [string, readonly FileReading[], string])[] = [
  ['a change of readiness counts at once', [reading(unready + rest)], 'FT'],
  [
    'a change of readiness in the last document counts at once',
    [reading(`${ready}---\n${podText('two', { ready: false })}`)],
    'TF',
  ],
  ['the last document counts later without the end of its last line', [reading((ready + rest + unready).trim())], 'TT'],
  ['a text without a status may be half of one', [reading(`${ready}---\n${podText('two')}`)], 'TT'],
  ['a pod that is lacking stays, the other one changes at once', [reading(unready)], 'FT'],
  ['a pod that is lacking stays until that has settled', [reading(ready), reading(ready, ALMOST)], 'TT'],
  ['a pod that is lacking is gone then', [reading(ready), reading(ready, JUST_SETTLED)], 'T-'],
  ['a change before a complete document counts at once, the pod behind it stays', [reading(`${unready}---\n`)], 'FT'],
  ['a file that is missing keeps its pods', [missing(0)], 'TT'],
  ['a file that is missing keeps its pods until that has settled', [missing(0), missing(ALMOST)], 'TT'],
  ['a file that has gone takes its pods with it', [missing(0), missing(JUST_SETTLED)], '--'],
  ['a file that comes back was never gone', [missing(0), reading(both, ALMOST), missing(2 * ALMOST)], 'TT'],
  ['an empty file keeps its pods until that has settled', [reading(''), reading('', ALMOST)], 'TT'],
  ['an empty file has no pods then', [reading(''), reading('', JUST_SETTLED)], '--'],
  [
    'each further change begins again',
    [missing(0), reading('', 100), reading('kind: Pod\n', 200), reading('', 300), missing(440)],
    'TT',
  ],
  ['a bad file keeps its pods and says nothing yet', [reading('kind: ['), reading('kind: [', ALMOST)], 'TT'],
  [
    'a bad file keeps its pods for good and says so when that has settled',
    [reading('kind: ['), reading('kind: [', JUST_SETTLED), reading('kind: [', 1e6)],
    'TT manifestInvalid',
  ],
  [
    'a file mended in between never was bad',
    [reading('kind: ['), reading(unready + rest, ALMOST), reading(unready + rest, 1e6)],
    'FT',
  ],
  [
    'one bad document keeps the pod of that one alone',
    [reading(`${unready}---\nkind: Pod\nmetadata: {name: two, uid: 5}\n`, 0)],
    'FT',
  ],
  ['a file that cannot be read keeps its pods', [unreadable(0)], 'TT'],
  [
    'a file that cannot be read keeps its pods for good and says so',
    [unreadable(0), unreadable(JUST_SETTLED), unreadable(1e6)],
    'TT manifestUnreadable',
  ],
  [
    'a file that cannot be read and then goes takes pods and problem with it',
    [unreadable(0), unreadable(JUST_SETTLED), missing(1_000), missing(1_000 + JUST_SETTLED)],
    '--',
  ],
  [
    'a file that is missing stays while others are still coming into the folder',
    [missing(0), { ...missing(JUST_SETTLED), goneFrom: JUST_SETTLED + 50 }],
    'TT',
  ],
  ['but not for ever', [missing(0), { ...missing(LONGEST_FILL_MS), goneFrom: LONGEST_FILL_MS + 50 }], '--'],
  ['what was seen of another folder says nothing', [missing(0), { ...missing(JUST_SETTLED), seenFrom: 1 }], 'TT'],
];

describe('of a file with two ready pods', () => {
  it.each(SENTENCES)('%s', (_sentence, looks, wanted) => {
    expect(counts(from(...looks))).toBe(wanted);
  });

  it('a text that is another one each time counts after a while, one that lacks all pods only once they stay away', () => {
    const looks: FileReading[] = [];
    for (let now = 0; now <= LONGEST_SETTLE_MS; now += 50) {
      looks.push(now % 100 === 0 ? reading(`${podText('one')}# ${now}`, now) : reading('', now));
    }
    expect(counts(from(...looks.slice(0, -1)))).toBe('TT');
    expect(counts(from(...looks))).toBe('?-');
  });

  it('a file that is never read with a pod loses them after a while', () => {
    const looks: FileReading[] = [];
    for (let now = 0; now <= LONGEST_SETTLE_MS; now += 50)
      looks.push(now % 100 === 0 ? missing(now) : reading('', now));
    expect(counts(from(...looks.slice(0, -1)))).toBe('TT');
    expect(counts(from(...looks))).toBe('--');
  });

  it('says when it has to be looked at again', () => {
    expect(two?.doubt).toBeUndefined();
    expect(from(reading(unready + rest, 20))?.doubt).toBeUndefined();
    expect(from(missing(20))?.doubt?.until).toBe(20 + SETTLE_MS);
    expect(from(missing(20), reading('', 100))?.doubt?.until).toBe(100 + SETTLE_MS);
    expect(from({ ...missing(20), goneFrom: 300 })?.doubt?.until).toBe(300);
  });

  it('is the very same record, list or pod where nothing is different', () => {
    expect(from(reading(both))).toBe(two);
    expect(from(reading(`# comment\n${both}`))?.manifests).toBe(two?.manifests);
    expect(from(reading(unready + rest))?.manifests[1]).toBe(two?.manifests[1]);
    const bad = from(reading('kind: ['), reading('kind: [', JUST_SETTLED));
    const unread = nextRecord(nextRecord(bad, reading('kind: [ ', 5_000)), reading('kind: [ ', 5_500));
    expect(unread?.manifests).toBe(bad?.manifests);
  });

  it('names the line, and how many pods stand', () => {
    const bad = from(reading('kind: ['), reading('kind: [', JUST_SETTLED));
    expect(bad?.problems[0]?.message).toMatch(/^line 1, column 8: .*; its 2 pods are kept as last read$/);
    expect(from(unreadable(0), unreadable(1_000))?.problems).toEqual([
      {
        code: 'manifestUnreadable',
        subject: 'a.yaml',
        message: 'it cannot be read: EACCES; its 2 pods are kept as last read',
      },
    ]);
  });
});

describe('a file that was not there before', () => {
  it('and is not there is nothing', () => {
    expect(readAll(missing(0))).toBeUndefined();
  });

  it('gives the pods of complete documents at once, and the last one when it has settled', () => {
    expect(names(readAll(reading(both)))).toEqual(['one']);
    expect(names(readAll(reading(both), reading(both, JUST_SETTLED)))).toEqual(['one', 'two']);
  });

  it('is complete at once where half of it would not be valid', () => {
    const text = '{"kind":"Pod","metadata":{"name":"one"}}';
    expect(names(readAll({ ...reading(text), file: 'a.json' }))).toEqual(['one']);
    expect(names(readAll(reading(text)))).toEqual(['one']);
  });

  it('counts at once where nothing of the folder is known yet', () => {
    expect(names(readAll({ ...reading(both), first: true }))).toEqual(['one', 'two']);
    expect(codes(readAll({ ...reading('kind: ['), first: true }))).toEqual(['manifestInvalid']);
  });

  it('and cannot be read is reported, with no pods', () => {
    const record = readAll(unreadable(0), unreadable(JUST_SETTLED));
    expect(names(record)).toEqual([]);
    expect(record?.problems.map(({ message }) => message)).toEqual(['it cannot be read: EACCES']);
  });

  it('gives a pod at once to the ADD that asks for it', () => {
    const record = readAll(reading(podText('one', { anycast: '192.0.2.1' })));
    expect(names(record)).toEqual([]);
    expect(record && names(acceptPod(record, 'default/one'))).toEqual(['one']);
    expect(record && acceptPod(record, 'default/two')).toBe(record);
    const edited = from(reading(`${ready}---\n${podText('two', { anycast: '192.0.2.2' })}`));
    const accepted = edited && acceptPod(edited, 'default/two');
    expect(accepted?.manifests.find(({ pod }) => pod.name === 'two')?.pod.annotations.get('anycast')).toBe('192.0.2.2');
    expect(names(accepted)).toEqual(['one', 'two']);
  });
});

describe('what may be cut off a last document that is otherwise valid', () => {
  const full = `kind: Pod
metadata:
  name: one
  uid: uid-one
  deletionTimestamp: "2030-01-01T00:00:00Z"
  annotations:
    flock.fritzlab.net/anycast: 192.0.2.53
spec:
  containers:
  - name: web
    readinessProbe: {tcpSocket: {port: 80}}
status:
  phase: Running
  conditions: [{type: Ready, status: "True"}]
`;
  const whole = nextRecord(undefined, { ...reading(full, -1_000), first: true });

  it('never counts before it has settled, wherever that is', () => {
    for (let cut = 0; cut < full.length; cut += 1) {
      const record = nextRecord(whole, reading(full.slice(0, cut)));
      expect([cut, record?.manifests[0]]).toEqual([cut, whole?.manifests[0]]);
    }
  });

  it('and counts then', () => {
    const half = full.slice(0, full.indexOf('status:'));
    const record = nextRecord(nextRecord(whole, reading(half)), reading(half, JUST_SETTLED));
    expect(record?.manifests[0]?.readyCondition).toBeUndefined();
  });
});

describe('commands of a file', () => {
  const text = podText('one', { spec: '{containers: [{readinessProbe: {exec: {command: ["true"]}}}]}' });
  const first = (look: FileReading): ManifestRecord | undefined => nextRecord(undefined, { ...look, first: true });

  it('may run when it is root’s', () => {
    expect(names(first(reading(text)))).toEqual(['one']);
  });

  it.each([
    ['of somebody else', 1_000, 0o644, 'belongs to user 1000, so its exec probes may not run on the host; chown'],
    ['that everybody may write', 0, 0o666, 'is world-writable, so its exec probes may not run on the host'],
  ])('%s may not', (_what, uid, mode, message) => {
    const record = first(reading(text, 0, uid, mode));
    expect(names(record)).toEqual([]);
    expect(record?.problems[0]?.message).toContain(message);
    expect(names(nextRecord(nextRecord(record, reading(text, 10)), reading(text, 1_000)))).toEqual(['one']);
  });

  it('do not matter to pods without commands', () => {
    expect(names(first(reading(podText('one'), 0, 1_000)))).toEqual(['one']);
  });
});

it('reports what is wrong with annotations, and keeps the pod', () => {
  const text =
    podText('one', { anycast: '192.0.2.300' }) +
    `---\n${podText('two').replace('name: two', 'name: two\n  annotations: {flock.fritzlab.net/anycasts: x, flock.fritzlab.net/ip-algo: pod}')}`;
  const record = nextRecord(undefined, { ...reading(text), first: true });
  expect(names(record)).toEqual(['one', 'two']);
  expect(record?.problems.map(({ code, subject }) => [code, subject])).toEqual([
    ['annotationInvalid', 'default/one'],
    ['annotationUnknown', 'default/two'],
    ['annotationInvalid', 'default/two'],
  ]);
});
