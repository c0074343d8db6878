import { expect, it } from 'vitest';
import { catalogueOf } from '../../../src/pods/catalogue.ts';
import type { Manifest } from '../../../src/pods/manifest.ts';
import type { ManifestRecord } from '../../../src/pods/manifest-record.ts';
import { makeManifest } from './fixtures.ts';

function record(file: string, ...names: string[]): ManifestRecord {
  const manifests: Manifest[] = names.map((name) =>
    makeManifest({ pod: { ...makeManifest().pod, name, image: file } }),
  );
  const problems = [{ code: 'manifestInvalid' as const, subject: file, message: 'odd' }];
  return { file, stamp: undefined, readAt: 0, digest: undefined, manifests, problems, unsettled: undefined };
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
      message: 'pod default/dns is in a.yaml already, which counts; remove one of the two',
    },
    { code: 'manifestInvalid', subject: 'b.yaml', message: 'odd' },
    {
      code: 'podDuplicate',
      subject: 'b.yaml',
      message: 'pod default/web is in a.yaml already, which counts; remove one of the two',
    },
  ]);
});

it('tells pods of one name in different namespaces apart', () => {
  const other = makeManifest({ pod: { ...makeManifest().pod, namespace: 'dns' } });
  const { manifests } = catalogueOf([{ ...record('a.yaml'), manifests: [makeManifest(), other] }]);
  expect([...manifests.keys()]).toEqual(['default/web', 'dns/web']);
});
