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

/** What is known of one manifest file. Times in milliseconds of a monotonic clock. */
export interface ManifestRecord {
  readonly file: string;
  /** What counts. The same list object as in the previous record if nothing has changed. */
  readonly manifests: readonly Manifest[];
  /** The same for the file's problems. */
  readonly problems: readonly PodProblem[];
  /** The result of the last reading, and its key. */
  readonly read: ManifestContents;
  readonly key: string;
  /** The last reading may be half of a change; as far as it removes something, it does not count yet. */
  readonly doubt: Doubt | undefined;
}

/**
 * After this many milliseconds what is missing counts as gone, even if files are still arriving in the folder:
 * thousands are copied in ten seconds.
 */
export const LONGEST_FILL_MS = 30_000;

interface Doubt extends Sight {
  /** When it counts, unless something else is read before. */
  readonly until: number;
  /** Since when readings have had no pod; undefined: the last one had some. */
  readonly bare: number | undefined;
}

/** One reading of a file. */
export interface FileReading extends ContentsOptions {
  readonly reading: TextReading;
  /** By a monotonic clock. */
  readonly now: number;
  /** Nothing is known of the folder yet, so there is nothing to keep: what is read counts. */
  readonly first?: boolean;
  /** The earliest time when what is missing counts as gone: files, or the pod in another file, are still arriving. */
  readonly goneFrom?: number | undefined;
  /** Anything seen before this time says nothing about this folder: another one was at the path, or none. */
  readonly seenFrom?: number;
}

/**
 * The record after a reading. What is certainly in the file counts at once. Any other difference counts once it has
 * read the same until it has settled. Bad input loses nothing: pods of an unreadable file, and pods that may be in an
 * unreadable document, keep their last good state until it becomes readable.
 * @returns the same record when nothing has changed; undefined when there is nothing to remember.
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

/** Whether the file did not exist when last checked. */
export function isMissing({ key }: ManifestRecord): boolean {
  return key === MISSING;
}

/** The record in which a pod counts as last read, because an ADD has used it. */
export function acceptPod(record: ManifestRecord, id: string): ManifestRecord {
  const latest = latestManifest(record, id);
  if (latest === undefined) return record;
  const others = record.manifests.filter(({ pod }) => podId(pod) !== id);
  const manifests = reuse(record.manifests, [...others, latest]);
  return sameItems(manifests, record.manifests) ? record : { ...record, manifests };
}

/** A pod as last read, whether or not that counts yet; undefined: the last reading did not have it. */
export function latestManifest({ read }: ManifestRecord, id: string): Manifest | undefined {
  return read.manifests.find(({ pod }) => podId(pod) === id);
}

/** When a reading counts. One without pods is given as much time again, in which they may be written. */
function countsAt(sight: Sight, bare: number | undefined, { goneFrom }: FileReading): number {
  const ends = settlesAt({ ...sight, begun: bare ?? sight.begun });
  return Math.max(ends, Math.min(goneFrom ?? 0, sight.begun + LONGEST_FILL_MS));
}

/** Whether manifests are exactly those of a reading. */
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
  return kept === 1 ? '; its pod is kept as last read' : `; its ${kept} pods are kept as last read`;
}
