import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { SETTLE_MS } from '../../src/files/settling.ts';
import { readYaml } from '../../src/files/yaml.ts';
import { podId } from '../../src/model/attachment.ts';
import { readManifests } from '../../src/pods/directory/manifest.ts';
import { type ManifestRecord, nextRecord } from '../../src/pods/directory/manifest-record.ts';

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '- ',
        ': ',
        '\n',
        ' ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '&a',
        '*a',
        '|',
        '>',
        '---\n',
        '#',
        'a',
        '<<',
        '? ',
        '\t',
        '%',
        '!',
      ),
      { maxLength: 80 },
    )
    .map((parts) => parts.join('')),
);

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

/** Something of a Pod, with parts that are right and parts that are anything. */
const podLike = fc.record(
  {
    apiVersion: fc.constantFrom<unknown>('v1', 'v2', 1),
    kind: fc.constantFrom<unknown>('Pod', 'Pod', 'Pod', 'Service', 7),
    metadata: fc.record(
      {
        name: fc.oneof(name, fc.jsonValue()),
        namespace: fc.oneof(name, fc.jsonValue()),
        uid: fc.oneof(fc.uuid(), fc.jsonValue()),
        deletionTimestamp: fc.jsonValue(),
        annotations: fc.oneof(
          fc.dictionary(fc.constantFrom('flock.fritzlab.net/anycast', 'x', '__proto__'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        ownerReferences: fc.oneof(fc.array(fc.record({ kind: name, name, controller: fc.boolean() })), fc.jsonValue()),
        labels: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    spec: fc.oneof(
      fc.record({
        containers: fc.array(
          fc.record(
            {
              name: fc.oneof(name, fc.jsonValue()),
              image: fc.oneof(name, fc.jsonValue()),
              ports: fc.oneof(fc.array(fc.record({ name, containerPort: fc.nat(70_000) })), fc.jsonValue()),
              readinessProbe: fc.oneof(
                fc.record({ tcpSocket: fc.record({ port: fc.oneof(fc.nat(70_000), name) }) }),
                fc.record({ httpGet: fc.record({ port: fc.nat(70_000), path: fc.string({ unit: 'binary' }) }) }),
                fc.jsonValue(),
              ),
            },
            { requiredKeys: [] },
          ),
          { maxLength: 3 },
        ),
      }),
      fc.jsonValue(),
    ),
    status: fc.oneof(
      fc.record({
        conditions: fc.array(fc.record({ type: fc.constant('Ready'), status: fc.jsonValue() }), { maxLength: 2 }),
      }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);

it('an arbitrary text gives pods and faults, and never throws', () => {
  fc.assert(
    fc.property(junk, fc.constantFrom('a.yaml', 'a.json'), (text, file) => {
      const { faults } = readManifests(text, { file });
      for (const { message } of faults) expect(message).toMatch(/^\P{Cc}+$/u);
    }),
    { numRuns: 500 },
  );
});

it('something like a pod is a pod with a sound name, or a fault with a message that can be printed', () => {
  fc.assert(
    fc.property(podLike, (value) => {
      const fromJson = readManifests(JSON.stringify(value), { file: 'a.json' });
      expect(fromJson.manifests.length + fromJson.faults.length).toBe(1);
      for (const { pod, probes } of fromJson.manifests) {
        expect(podId(pod)).toMatch(/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/);
        for (const value of pod.annotations.values()) expect(typeof value).toBe('string');
        for (const { action } of probes) {
          if (action.kind !== 'exec') expect(action.port).toBeGreaterThan(0);
          if (action.kind === 'httpGet') expect(action.path).toMatch(/^\/[\x21-\x7e]*$/);
        }
      }
      for (const { message } of fromJson.faults) expect(message).toMatch(/^\P{Cc}+$/u);
    }),
    { numRuns: 300 },
  );
});

/** In YAML the key << merges another map into its own; in JSON it is a key like any other. */
const hasMergeKey = (value: unknown): boolean => JSON.stringify(value).includes('"<<"');

it('JSON and YAML of one pod mean the same', () => {
  fc.assert(
    fc.property(
      podLike.filter((value) => !hasMergeKey(value)),
      (value) => {
        const json = JSON.stringify(value);
        const yaml = stringify(JSON.parse(json));
        const meaning = readManifests(json, { file: 'a.json' });
        const other = readManifests(yaml, { file: 'a.yaml' });
        expect(other.manifests).toEqual(meaning.manifests);
        expect(other.faults.map(({ pod }) => pod)).toEqual(meaning.faults.map(({ pod }) => pod));
      },
    ),
  );
});

it('a text without faults is read as the yaml package reads it', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }).filter((value) => value !== null && !hasMergeKey(value)),
      (value) => {
        const text = stringify(value);
        const [document] = readYaml(text);
        expect(document).toMatchObject({ ok: true });
        expect(document?.ok === true ? document.value : undefined).toEqual(parseDocument(text).toJS());
      },
    ),
  );
});

it('a file that is cut off anywhere while it is written loses no pod that was there before and is there after', () => {
  const pods = fc.uniqueArray(name, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pods, pods, fc.nat(), (before, after, cutAt) => {
      const text = (names: string[]): string =>
        names.map((one) => `---\nkind: Pod\nmetadata:\n  name: "${one}"\nspec:\n  containers: []\n`).join('');
      const whole = text(after);
      const stamp = { id: '', changedAt: 0, wholeSeconds: false, uid: 0, mode: 0o644 };
      const read = (previous: ManifestRecord | undefined, content: string, now: number) =>
        nextRecord(previous, {
          file: 'a.yaml',
          now,
          trustedUids: [0],
          first: previous === undefined,
          reading: { kind: 'text', text: content, stamp },
        });
      const namesOf = (record: ManifestRecord | undefined) => (record?.manifests ?? []).map(({ pod }) => pod.name);
      const first = read(undefined, text(before), 1_000);
      const cut = read(first, whole.slice(0, cutAt % (whole.length + 1)), 2_000);
      const stays = before.filter((one) => after.includes(one));
      expect(namesOf(cut)).toEqual(expect.arrayContaining(stays));
      expect(cut?.problems).toEqual([]);
      const done = read(read(cut, whole, 2_010), whole, 2_010 + SETTLE_MS);
      expect(new Set(namesOf(done))).toEqual(new Set(after));
      expect(done?.doubt).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
