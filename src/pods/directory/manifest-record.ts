import { isDeepStrictEqual } from 'node:util';
import { asFlockError } from '../../errors.ts';
import type { TextReading } from '../../files/read-text.ts';
import { nextSight, type Sight, settlesAt } from '../../files/settling.ts';
import { podId } from '../../model/attachment.ts';
import { parseAnnotations } from '../annotations.ts';
import type { PodProblem } from '../pod-source.ts';
import type { Manifest } from './manifest.ts';
import {
  type ContentsOptions,
  certainManifests,
  contentsOf,
  type ManifestContents,
  MISSING,
  readingKey,
  reuse,
  sameItems,
  vanishedManifests,
} from './manifest-contents.ts';

/** What is known of one manifest file. Times in milliseconds, by a clock that is never set. */
export interface ManifestRecord {
  readonly file: string;
  /** What counts. The very list of the record before where nothing is different. */
  readonly manifests: readonly Manifest[];
  /** The same for what is wrong with it. */
  readonly problems: readonly PodProblem[];
  /** What the last reading said, and its key. */
  readonly read: ManifestContents;
  readonly key: string;
  /** The last reading may be half of a change, and does not count yet as far as it takes something away. */
  readonly doubt: Doubt | undefined;
}

/**
 * After this many milliseconds what is lacking has gone, though files are still coming into the folder: thousands are
 * copied in ten seconds.
 */
export const LONGEST_FILL_MS = 30_000;

interface Doubt extends Sight {
  /** When it counts, if nothing else is read until then. */
  readonly until: number;
  /** Since when no reading had a pod; undefined: the last one had. */
  readonly bare: number | undefined;
}

/** One reading of a file. */
export interface FileReading extends ContentsOptions {
  readonly reading: TextReading;
  /** By a clock that is never set. */
  readonly now: number;
  /** Nothing is known of the folder yet, so there is nothing to keep: what is read counts. */
  readonly first?: boolean;
  /** When what is lacking counts as gone at the earliest: files, or the pod in another file, are still coming. */
  readonly goneFrom?: number | undefined;
  /** What was seen before this says nothing of this folder: there was another one at the path, or none. */
  readonly seenFrom?: number;
}

/**
 * The record after a reading. What certainly stands in the file counts at once. Whatever else differs counts when it
 * has been read the same until it has settled. Bad input loses nothing: pods of a file that cannot be read, and pods
 * that may stand in a document that cannot be read, keep their last good state for as long as that lasts.
 * @returns the same record when nothing is different; undefined when there is nothing to remember.
 */
export function nextRecord(previous: ManifestRecord | undefined, seen: FileReading): ManifestRecord | undefined {
  const { file, reading, now } = seen;
  if (previous === undefined && reading.kind === 'missing') return undefined;
  const key = readingKey(reading, seen);
  const repeated = previous?.key === key ? previous : undefined;
  if (repeated !== undefined && repeated.doubt === undefined) return repeated;
  const read = repeated?.read ?? contentsOf(reading, seen);
  const before = previous?.manifests ?? [];
  const doubted = previous?.doubt && previous.doubt.begun >= (seen.seenFrom ?? 0) ? previous.doubt : undefined;
  const bare = read.manifests.length > 0 ? undefined : (doubted?.bare ?? now);
  const sight = nextSight(doubted, key, now);
  const doubt: Doubt = { ...sight, bare, until: countsAt(sight, bare, seen) };
  const next = { file, manifests: before, problems: previous?.problems ?? [], read, key, doubt };
  if (seen.first === true || now >= doubt.until) return settled(next, reading);
  const manifests = reuse(before, certainManifests(before, read));
  const certain = read.faults.length === 0 && read.unreadable === undefined && isWhole(manifests, read);
  return certain ? settled(next, reading) : { ...next, manifests };
}

/** Whether the file was not there when it was looked at last. */
export function isMissing({ key }: ManifestRecord): boolean {
  return key === MISSING;
}

/** The record in which a pod counts as it was read last: an ADD has taken it so. */
export function acceptPod(record: ManifestRecord, id: string): ManifestRecord {
  const latest = latestManifest(record, id);
  if (latest === undefined) return record;
  const others = record.manifests.filter(({ pod }) => podId(pod) !== id);
  const manifests = reuse(record.manifests, [...others, latest]);
  return sameItems(manifests, record.manifests) ? record : { ...record, manifests };
}

/** A pod as it was read last, whether or not that counts already; undefined: the last reading did not have it. */
export function latestManifest({ read }: ManifestRecord, id: string): Manifest | undefined {
  return read.manifests.find(({ pod }) => podId(pod) === id);
}

/** When a reading counts. Without pods it is given as long again as it takes to write them. */
function countsAt(sight: Sight, bare: number | undefined, { goneFrom }: FileReading): number {
  const ends = settlesAt({ ...sight, begun: bare ?? sight.begun });
  return Math.max(ends, Math.min(goneFrom ?? 0, sight.begun + LONGEST_FILL_MS));
}

/** Whether manifests are those of a reading, all of them and no other. */
function isWhole(manifests: readonly Manifest[], read: ManifestContents): boolean {
  return sameItems(manifests, reuse(manifests, read.manifests));
}

function settled(record: ManifestRecord, reading: TextReading): ManifestRecord | undefined {
  if (reading.kind === 'missing') return undefined;
  const { file, read } = record;
  const vanished = vanishedManifests(record.manifests, read);
  const faulty = new Set<string | undefined>(read.faults.map(({ pod }) => pod));
  if (read.unreadable !== undefined) faulty.add(undefined);
  const kept = vanished.filter(({ pod }) => faulty.has(undefined) || faulty.has(podId(pod)));
  const problems: readonly PodProblem[] = [
    ...(read.unreadable === undefined ? [] : [unreadable(file, read.unreadable, kept.length)]),
    ...read.faults.map(({ message }) => invalid(file, `${message}${standing(kept.length)}`)),
    ...read.manifests.flatMap(annotationProblems),
  ];
  return {
    ...record,
    manifests: reuse(record.manifests, [...read.manifests, ...kept]),
    problems: isDeepStrictEqual(record.problems, problems) ? record.problems : problems,
    doubt: undefined,
  };
}

function annotationProblems({ pod }: Manifest): PodProblem[] {
  const subject = podId(pod);
  try {
    return parseAnnotations(pod.annotations).warnings.map(({ code, message }) => ({ code, subject, message }));
  } catch (error) {
    return [{ code: 'annotationInvalid', subject, message: asFlockError(error).message }];
  }
}

function unreadable(subject: string, why: string, kept: number): PodProblem {
  return { code: 'manifestUnreadable', subject, message: `it cannot be read: ${why}${standing(kept)}` };
}

function invalid(subject: string, message: string): PodProblem {
  return { code: 'manifestInvalid', subject, message };
}

function standing(kept: number): string {
  if (kept === 0) return '';
  return kept === 1 ? '; its pod stands as last read' : `; its ${kept} pods stand as last read`;
}
