import { podId } from '../../model/attachment.ts';
import type { PodProblem } from '../pod-source.ts';
import type { Manifest } from './manifest.ts';
import { isMissing, type ManifestRecord } from './manifest-record.ts';

/** All manifests of a folder combined. */
export interface Catalogue {
  /** By `podId`. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** The file of each, by `podId`. */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly PodProblem[];
}

/**
 * Combines the records of a folder. Of several manifests of one pod the first counts, by file name, then by position.
 */
export function catalogueOf(records: Iterable<ManifestRecord>): Catalogue {
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  const problems: PodProblem[] = [];
  /** Files that are missing, and may come back in an instant: they have probably been renamed. */
  const gone = new Set<string>();
  for (const record of [...records].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    problems.push(...record.problems);
    if (isMissing(record)) gone.add(record.file);
    for (const manifest of record.manifests) {
      const id = podId(manifest.pod);
      const first = files.get(id);
      if (first === undefined) {
        manifests.set(id, manifest);
        files.set(id, record.file);
        continue;
      }
      if (gone.has(first)) continue;
      const message = `pod ${id} is already in ${first}, which counts; remove one of the two`;
      problems.push({ code: 'podDuplicate', subject: record.file, message });
    }
  }
  return { manifests, files, problems };
}
