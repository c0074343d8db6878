import { podId } from '../model/attachment.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestRecord } from './manifest-record.ts';
import type { PodProblem } from './types.ts';

/** All manifests of a folder together. */
export interface Catalogue {
  /** By `podId`. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly problems: readonly PodProblem[];
}

/** Puts the records of a folder together. Of several manifests of one pod the first counts, by file name, then place. */
export function catalogueOf(records: Iterable<ManifestRecord>): Catalogue {
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  const problems: PodProblem[] = [];
  for (const record of [...records].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    problems.push(...record.problems);
    for (const manifest of record.manifests) {
      const id = podId(manifest.pod);
      const first = files.get(id);
      if (first === undefined) {
        manifests.set(id, manifest);
        files.set(id, record.file);
        continue;
      }
      const message = `pod ${id} is in ${first} already, which counts; remove one of the two`;
      problems.push({ code: 'podDuplicate', subject: record.file, message });
    }
  }
  return { manifests, problems };
}
