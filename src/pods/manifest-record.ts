import { hash } from 'node:crypto';
import { asFlockError } from '../errors.ts';
import type { FileStamp, TextReading } from '../files/read-text.ts';
import { podId } from '../model/attachment.ts';
import { parseAnnotations } from './annotations.ts';
import { type Manifest, readManifests } from './manifest.ts';
import type { PodProblem } from './types.ts';

/** What is known of one manifest file. */
export interface ManifestRecord {
  readonly file: string;
  /** State of the file when it was read; undefined when it could not be read. */
  readonly stamp: FileStamp | undefined;
  /** When it was read, in milliseconds since 1970. */
  readonly readAt: number;
  /** Hash of the text read last; undefined when it could not be read. */
  readonly digest: string | undefined;
  readonly manifests: readonly Manifest[];
  readonly problems: readonly PodProblem[];
  /**
   * What is kept although the last reading did not have it, and since when in milliseconds since 1970: a later reading
   * has to confirm that it has gone. Undefined: nothing.
   */
  readonly unsettled: { readonly what: 'file' | 'content'; readonly since: number } | undefined;
}

/** One reading of a file. */
export interface FileReading {
  readonly file: string;
  readonly reading: TextReading;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Users whose files may name commands that run on the host. */
  readonly trustedUids: readonly number[];
}

/**
 * How long a reading that lacks something must stand before it counts, in milliseconds. A file written in place is
 * seen empty and half written; an editor that keeps a backup moves the file away for an instant.
 */
export const SETTLE_MS = { file: 10, content: 100 } as const;

/**
 * The record after a reading. Bad input loses nothing: pods of a file that cannot be read, and pods that may stand in
 * a document that cannot be read, keep their last good state.
 * @returns undefined when there is nothing to remember.
 */
export function nextRecord(previous: ManifestRecord | undefined, read: FileReading): ManifestRecord | undefined {
  const { reading } = read;
  if (reading.kind === 'text') return textRecord(previous, read, reading);
  return reading.kind === 'missing' ? missingRecord(previous, read) : unreadableRecord(previous, read, reading.message);
}

function missingRecord(previous: ManifestRecord | undefined, { now }: FileReading): ManifestRecord | undefined {
  if (previous === undefined) return undefined;
  const since = previous.unsettled?.what === 'file' ? previous.unsettled.since : now;
  if (Math.abs(now - since) >= SETTLE_MS.file) return undefined;
  return { ...previous, stamp: undefined, digest: undefined, readAt: now, unsettled: { what: 'file', since } };
}

function unreadableRecord(previous: ManifestRecord | undefined, { file, now }: FileReading, why: string) {
  const manifests = previous?.manifests ?? [];
  const message = `it cannot be read: ${why}${standing(manifests.length)}`;
  const same = previous?.problems[0]?.message === message && previous.problems[0].code === 'manifestUnreadable';
  const problems: readonly PodProblem[] = same
    ? previous.problems
    : [{ code: 'manifestUnreadable', subject: file, message }];
  return { file, stamp: undefined, readAt: now, digest: undefined, manifests, problems, unsettled: undefined };
}

function textRecord(
  previous: ManifestRecord | undefined,
  { file, now, trustedUids }: FileReading,
  { text, stamp }: TextReading & { readonly kind: 'text' },
): ManifestRecord {
  const execRefusal = execRefusalOf(stamp, trustedUids);
  const digest = hash('sha256', `${execRefusal ?? ''}\0${text}`);
  const known = previous?.digest === digest ? previous : undefined;
  if (known !== undefined && known.unsettled === undefined) return { ...known, stamp, readAt: now };
  const { manifests, faults } = readManifests(text, { file, execRefusal });
  const before = previous?.manifests ?? [];
  const present = new Set(manifests.map(({ pod }) => podId(pod)));
  const vanished = before.filter(({ pod }) => !present.has(podId(pod)));
  // The time counts from the change of the file; where the clocks disagree, from the first sight of this text.
  const since = known?.unsettled?.since ?? Math.min(now, stamp.changedAt);
  const settled = (vanished.length === 0 && faults.length === 0) || now - since >= SETTLE_MS.content;
  const faulty = new Set(faults.map(({ pod }) => pod));
  const kept = settled ? vanished.filter(({ pod }) => faulty.has(undefined) || faulty.has(podId(pod))) : vanished;
  const problems = settled
    ? [
        ...faults.map(({ message }) => invalid(file, `${message}${standing(kept.length)}`)),
        ...manifests.flatMap(annotationProblems),
      ]
    : (previous?.problems ?? []);
  const unsettled = settled ? undefined : ({ what: 'content', since } as const);
  return { file, stamp, readAt: now, digest, manifests: [...manifests, ...kept], problems, unsettled };
}

/**
 * Commands of manifests run with the daemon's rights. Whoever may write the file could run anything as root, so it must
 * be root's (or the daemon's user's) and writable by nobody else but its group.
 */
function execRefusalOf({ uid, mode }: FileStamp, trustedUids: readonly number[]): string | undefined {
  const rule = 'so that its exec probes may not run on the host';
  if (!trustedUids.includes(uid)) return `the file belongs to user ${uid}, ${rule}; chown it to root`;
  return (mode & 0o002) === 0 ? undefined : `the file is writable by everybody, ${rule}; chmod o-w it`;
}

function annotationProblems({ pod }: Manifest): PodProblem[] {
  const subject = podId(pod);
  try {
    return parseAnnotations(pod.annotations).warnings.map(({ code, message }) => ({ code, subject, message }));
  } catch (error) {
    return [{ code: 'annotationInvalid', subject, message: asFlockError(error).message }];
  }
}

function invalid(subject: string, message: string): PodProblem {
  return { code: 'manifestInvalid', subject, message };
}

function standing(kept: number): string {
  if (kept === 0) return '';
  return kept === 1 ? '; its pod stands as last read' : `; its ${kept} pods stand as last read`;
}
