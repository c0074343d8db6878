import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type BirdControl, BirdError, type BirdFileError } from '../../bird-control/types.ts';
import { FAMILIES } from '../../model/address.ts';
import { readIfThere } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import { mainFault } from '../judge/operator-main.ts';
import { faultText } from '../judge/verdict.ts';
import { announceProtocol, isOurs } from '../names.ts';

/** The result of asking BIRD to load what is on the disk. */
export type Applied =
  | { readonly outcome: 'inForce' }
  /** What ran before still runs. */
  | { readonly outcome: 'refused'; readonly message: string; readonly file: string | undefined }
  /**
   * BIRD may not have it: `silent`, it did not answer, or not in time, and may or may not have it; `elsewhere`,
   * it reads another file.
   */
  | { readonly outcome: 'unavailable'; readonly why: 'silent' | 'elsewhere'; readonly message: string }
  /** The operator's file does not give it to BIRD; BIRD may have the announcements in another way. */
  | { readonly outcome: 'notIncluded'; readonly message: string; readonly announcementsInForce: boolean };

/** How a set that has been put in place is brought into force. */
export type ApplyStrategy = (control: BirdControl) => Promise<Applied>;

/** How much longer BIRD's timer runs than flockd waits, in seconds: flockd, which says why, acts first. */
const TIMER_MARGIN = 10;

/** `configure` alone: for announcements, which cannot affect a session. */
export const applyAtOnce: ApplyStrategy = (control) => configure(control);

/**
 * `configure`, and a check whether BIRD now runs the protocols of the announcements. A BIRD that was started with
 * another `-c` answers every `configure` with success and never reads our file. Where that other file is one of ours,
 * from a time when `bird.config` had another path, BIRD still runs the protocols, from a file that is no longer
 * written.
 */
export function applyAndVerify(paths: PublishPaths): ApplyStrategy {
  return async (control) => {
    const fault = paths.mode === 'include' ? mainFault(paths) : undefined;
    const notIncluded = (announcementsInForce: boolean): Applied => ({
      ...{ outcome: 'notIncluded', message: fault?.message ?? '', announcementsInForce },
    });
    // BIRD need not read a file that has nothing of ours, and whose author may be in the middle of writing it.
    if (fault !== undefined && fault.kind !== 'ours') return notIncluded(false);
    const applied = await configure(control);
    const read = applied.outcome === 'inForce' ? await whereItReads(control, paths) : applied;
    return fault === undefined || read.outcome !== 'inForce' ? read : notIncluded(true);
  };
}

/**
 * The same under BIRD's timer, which rolls the change back unless it is confirmed. A BIRD that stops answering may
 * have it: the checks that follow will show.
 * @param seconds how long flockd compares before it rolls the change back itself.
 */
export function applyOnTrial(paths: PublishPaths, seconds: number): ApplyStrategy {
  return async (control) => {
    const applied = await configure(control, Math.ceil(seconds) + TIMER_MARGIN);
    const read = applied.outcome === 'inForce' ? await whereItReads(control, paths) : applied;
    return read.outcome === 'unavailable' && read.why === 'silent' ? { outcome: 'inForce' } : read;
  };
}

async function configure(control: BirdControl, undoAfterSeconds?: number): Promise<Applied> {
  const silent = (message: string): Applied => ({ outcome: 'unavailable', why: 'silent', message });
  try {
    const answer = await control.configure(undoAfterSeconds === undefined ? undefined : { undoAfterSeconds });
    switch (answer.outcome) {
      case 'applied':
        return { outcome: 'inForce' };
      case 'refused':
        return { outcome: 'refused', message: faultText(answer.error), file: fileOf(answer.error) };
      case 'inProgress':
      case 'queued':
        return silent('BIRD has accepted the configuration but is not done with it in time');
      case 'shuttingDown':
        return silent('BIRD is shutting down');
      default:
        return silent(`BIRD answered "configure" with ${answer.outcome}`);
    }
  } catch (error) {
    return unavailable(error);
  }
}

/** Whether BIRD reads the file that is meant. */
async function whereItReads(control: BirdControl, { main }: PublishPaths): Promise<Applied> {
  const elsewhere = (message: string): Applied => ({ outcome: 'unavailable', why: 'elsewhere', message });
  const other = otherOfOurs(control.configFile, main);
  if (other !== undefined) {
    return elsewhere(
      `BIRD reads ${other}, which is an earlier file of flockd's, and not ${main}: start it with -c ${main}, or set bird.config to ${other}`,
    );
  }
  try {
    const running = new Set((await control.showProtocols()).map((protocol) => protocol.name));
    if (FAMILIES.every((family) => running.has(announceProtocol(family)))) return { outcome: 'inForce' };
  } catch (error) {
    return unavailable(error);
  }
  const missing = `BIRD accepts "configure" but runs no ${announceProtocol(4)} and ${announceProtocol(6)}`;
  const { configFile: read } = control;
  if (read === main) return elsewhere(`${missing}: ${main} does not include the announcements; correct the template`);
  const file = read === undefined ? 'another file' : `another file, ${read}`;
  return elsewhere(
    `${missing}: it reads ${file}; start it with -c ${main}, or set bird.config to the file that it reads`,
  );
}

/**
 * The file that BIRD reads, if it is one of flockd's and not the one that is meant. Nothing is reported for a path that
 * leads nowhere here, or to a file of another program: BIRD may see the same file under another path (a container), or
 * read an operator's file that includes ours.
 */
function otherOfOurs(read: string | undefined, config: string): string | undefined {
  if (read === undefined || !isAbsolute(read)) return undefined;
  const [there, ours] = [read, config].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (there === undefined || (there.dev === ours?.dev && there.ino === ours.ino)) return undefined;
  return isOurs(readIfThere(read) ?? '') ? read : undefined;
}

function fileOf(error: BirdFileError): string | undefined {
  return error.file === '' ? undefined : error.file;
}

function unavailable(error: unknown): Applied {
  if (!(error instanceof BirdError)) throw error;
  return { outcome: 'unavailable', why: 'silent', message: error.message };
}
