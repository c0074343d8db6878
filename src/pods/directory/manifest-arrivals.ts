import { podId } from '../../model/attachment.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestRecord } from './manifest-record.ts';

/**
 * Pods that files have been read with but that do not count there yet. A pod that moves from one file to another is
 * missing from the first before it counts in the second.
 */
export class ManifestArrivals {
  readonly #files = new Map<string, { readonly pods: ReadonlySet<string>; readonly until: number }>();

  /** Records what is known of a file; undefined: nothing. */
  note(file: string, record: ManifestRecord | undefined): void {
    const pods = new Set(record?.doubt && lacking(record.read.manifests, record.manifests));
    if (record?.doubt === undefined || pods.size === 0) this.#files.delete(file);
    else this.#files.set(file, { pods, until: record.doubt.until });
  }

  /**
   * When the pods missing from a file may count as gone, given that another file is about to have one of them.
   * @param record of the file, as it was read last.
   * @param now by the clock of the records, in milliseconds.
   * @returns undefined: no other file has one.
   */
  goneFrom({ file, manifests, read }: ManifestRecord, now: number): number | undefined {
    if (this.#files.size === 0) return undefined;
    const gone = lacking(manifests, read.manifests);
    const others = [...this.#files].filter(([other, { pods }]) => other !== file && gone.some((pod) => pods.has(pod)));
    // One millisecond later: arrivals are settled first.
    return others.length === 0 ? undefined : Math.max(now, ...others.map(([, { until }]) => until)) + 1;
  }
}

/** The pods of one list that are missing from the other, as `podId`. */
function lacking(manifests: readonly Manifest[], others: readonly Manifest[]): readonly string[] {
  const present = new Set(others.map(({ pod }) => podId(pod)));
  return manifests.map(({ pod }) => podId(pod)).filter((id) => !present.has(id));
}
