import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { FileStamp, TextReading } from '../../files/read-text.ts';
import { podId } from '../../model/attachment.ts';
import { type Manifest, type ManifestFile, readManifests } from './manifest.ts';

/** The result of one reading of a manifest file. */
export interface ManifestContents extends ManifestFile {
  /** Why the file as a whole could not be read. */
  readonly unreadable: string | undefined;
  /** Whether the last line is complete. */
  readonly lineEnded: boolean;
}

/** How a file is read. */
export interface ContentsOptions {
  readonly file: string;
  /** Users whose files may name commands that run on the host. */
  readonly trustedUids: readonly number[];
}

/** Key of the reading of a file that does not exist. */
export const MISSING = 'missing';

/** Equal for readings with the same content. */
export function readingKey(reading: TextReading, { trustedUids }: ContentsOptions): string {
  if (reading.kind === 'missing') return MISSING;
  if (reading.kind === 'unreadable') return `unreadable ${reading.message}`;
  return hash('sha256', `${execRefusalOf(reading.stamp, trustedUids) ?? ''}\0${reading.text}`);
}

/** Reads the text of a file. */
export function contentsOf(reading: TextReading, { file, trustedUids }: ContentsOptions): ManifestContents {
  const nothing = { manifests: [], faults: [], openEnded: undefined, unreadable: undefined, lineEnded: true };
  if (reading.kind === 'missing') return nothing;
  if (reading.kind === 'unreadable') return { ...nothing, unreadable: reading.message };
  const { text, stamp } = reading;
  const read = readManifests(text, { file, execRefusal: execRefusalOf(stamp, trustedUids) });
  return { ...read, unreadable: undefined, lineEnded: text.endsWith('\n') };
}

/**
 * The manifests that a reading yields for certain, even if it saw only half a text: those of complete documents, and
 * that of an unterminated one if it differs from what counted before only in the status of the pod, and no part of that
 * is missing. The others stay as they were.
 * @param before what counted until now.
 */
export function certainManifests(before: readonly Manifest[], read: ManifestContents): readonly Manifest[] {
  const known = byId(before);
  const certain = read.manifests.flatMap((manifest) => {
    const previous = known.get(podId(manifest.pod));
    if (manifest !== read.openEnded) return [manifest];
    if (previous === undefined) return [];
    return [read.lineEnded && goesOn(previous, manifest) ? manifest : previous];
  });
  return [...certain, ...vanishedManifests(before, read)];
}

/** The manifests that counted before and are missing from a reading. */
export function vanishedManifests(before: readonly Manifest[], read: ManifestFile): readonly Manifest[] {
  const present = byId(read.manifests);
  return before.filter(({ pod }) => !present.has(podId(pod)));
}

/** `next`, reusing the objects of `before` where they are equal, so that a change can be detected by identity. */
export function reuse(before: readonly Manifest[], next: readonly Manifest[]): readonly Manifest[] {
  const known = byId(before);
  const reused = next.map((manifest) => {
    const previous = known.get(podId(manifest.pod));
    return isDeepStrictEqual(previous, manifest) && previous !== undefined ? previous : manifest;
  });
  return sameItems(before, reused) ? before : reused;
}

/** Whether two lists have identical values in the same order. */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function goesOn(previous: Manifest, next: Manifest): boolean {
  if (previous.readyCondition !== undefined && next.readyCondition === undefined) return false;
  if (previous.phase !== undefined && next.phase === undefined) return false;
  if (previous.terminating && !next.terminating) return false;
  return isDeepStrictEqual([previous.pod, previous.probes], [next.pod, next.probes]);
}

/** By `podId`; of two the first. */
function byId(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(manifests.toReversed().map((manifest) => [podId(manifest.pod), manifest]));
}

/**
 * Commands of manifests run with the daemon's rights. Anyone who may write the file could run anything as root, so it
 * must belong to root (or the daemon's user) and be writable only by its owner and group.
 */
function execRefusalOf({ uid, mode }: FileStamp, trustedUids: readonly number[]): string | undefined {
  const rule = 'so its exec probes may not run on the host';
  if (!trustedUids.includes(uid)) return `the file belongs to user ${uid}, ${rule}; chown it to root`;
  return (mode & 0o002) === 0 ? undefined : `the file is world-writable, ${rule}; chmod o-w it`;
}
