import { expect, it } from 'vitest';
import { catalogueOf } from '../../../../src/pods/directory/catalogue.ts';
import type { Manifest } from '../../../../src/pods/directory/manifest.ts';
import { MISSING } from '../../../../src/pods/directory/manifest-contents.ts';
import type { ManifestRecord } from '../../../../src/pods/directory/manifest-record.ts';
import { makeManifest } from '../fixtures.ts';

function record(file: string, ...names: string[]): ManifestRecord {
  const manifests: Manifest[] = names.map((name) =>
    makeManifest({ pod: { ...makeManifest().pod, name, image: file } }),
  );
  const problems = [{ code: 'manifestInvalid' as const, subject: file, message: 'odd' }];
  const read = { manifests, faults: [], openEnded: undefined, unreadable: undefined, lineEnded: true };
  return { file, manifests, problems, read, key: 'text', doubt: undefined };
}

it('of several manifests of one pod the first by file name counts, and the others are reported', () => {
  const { manifests, problems } = catalogueOf([record('b.yaml', 'web', 'db'), record('a.yaml', 'web', 'dns', 'dns')]);
  expect([...manifests].map(([id, { pod }]) => [id, pod.image])).toEqual([
    ['default/web', 'a.yaml'],
    ['default/dns', 'a.yaml'],
    ['default/db', 'b.yaml'],
  ]);
  expect(problems).toEqual([
    { code: 'manifestInvalid', subject: 'a.yaml', message: 'odd' },
    {
      code: 'podDuplicate',
      subject: 'a.yaml',
      message: 'pod default/dns is already in a.yaml, which counts; remove one of the two',
    },
    { code: 'manifestInvalid', subject: 'b.yaml', message: 'odd' },
    {
      code: 'podDuplicate',
      subject: 'b.yaml',
      message: 'pod default/web is already in a.yaml, which counts; remove one of the two',
    },
  ]);
});

it('tells pods of one name in different namespaces apart', () => {
  const other = makeManifest({ pod: { ...makeManifest().pod, namespace: 'dns' } });
  const { manifests } = catalogueOf([{ ...record('a.yaml'), manifests: [makeManifest(), other] }]);
  expect([...manifests.keys()]).toEqual(['default/web', 'dns/web']);
});

it('a file that is not there for an instant still counts first, and is no duplicate: it may have been renamed', () => {
  const away = { ...record('a.yaml', 'web'), problems: [], key: MISSING };
  const { manifests, files, problems } = catalogueOf([away, { ...record('b.yaml', 'web'), problems: [] }]);
  expect(manifests.get('default/web')?.pod.image).toBe('a.yaml');
  expect(files.get('default/web')).toBe('a.yaml');
  expect(problems).toEqual([]);
});
