import { errorText } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';
import { ownershipIn, readIfThere } from '../files/file-operations.ts';
import { previousOf } from '../files/paths.ts';
import { readable } from '../files/placed-files.ts';
import { forgetRefused, keepRefused, keepUndone, readUndone } from '../files/refused-files.ts';
import { fillReserve } from '../files/reserve.ts';
import { removeStaleFiles } from '../files/stale-files.ts';
import { isSame } from '../files/stamps.ts';
import { takeBackInterrupted } from '../files/trial-note.ts';
import { parseNeighbors } from '../measure/neighbors-text.ts';
import { discardCandidate } from './carry-out-change.ts';
import type { Answer, Order, Question, Request } from './machine/effects.ts';
import { type Means, stampsOfPlace } from './means.ts';

type Of<K extends Question['kind']> = Extract<Question, { readonly kind: K }>;

export function findEdits({ announcements }: Of<'findEdits'>, { edits }: Means): Answer {
  return { kind: 'editsFound', edited: edits.find(announcements) };
}

/** @throws an error of the file system. */
export function keepEdits({ edited, leave, announcements }: Of<'keepEdits'>, means: Means): Answer {
  if (leave) means.edits.leave(edited);
  else means.edits.putBack(edited, announcements);
  return { kind: 'editsKept', left: leave, ours: stampsOfPlace(means).ours, config: means.placed.config };
}

/** @throws an error of the file system. */
export function recover(_question: Of<'recover'>, { paths }: Means): Answer {
  const left = takeBackInterrupted(paths);
  const before = left === undefined ? undefined : parseNeighbors(left.measured);
  return { kind: 'recovered', takenBack: left?.takenBack === true, before };
}

/** @throws an error of the file system. */
export function undoneText(_question: Of<'readUndone'>, { paths }: Means): Answer {
  return { kind: 'undoneRead', undone: readUndone(paths) };
}

export function readPlace({ known, previous: isAsked }: Of<'readPlace'>, means: Means): Answer {
  const { config } = means.paths;
  const stamps = stampsOfPlace(means);
  const main = means.watch.mainStamp();
  const previous = isAsked ? readable(previousOf(config)) : undefined;
  const read = { kind: 'placeRead', stamps, main, previous, text: undefined, fault: undefined } as const;
  if (known !== undefined && isSame(known, stamps)) return read;
  try {
    return { ...read, text: readIfThere(config) };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return { ...read, fault: errorText(error) };
  }
}

/**
 * Does what is useful but never needed: nothing depends on it, not even on a full disk.
 * @returns an event where the machine has to know that it did not succeed.
 */
export function obey(order: Order, means: Means): Extract<Request, { readonly kind: 'refusedFilesLeft' }> | undefined {
  const { paths, log, watch } = means;
  switch (order.kind) {
    case 'watch':
      watch.after({ ...(order.main === undefined ? {} : { main: order.main }), again: order.again });
      return undefined;
    case 'stopWatching':
      watch.close();
      return undefined;
    case 'reserve':
      reserve(order.announcements, means);
      return undefined;
    case 'keepRefused': {
      const keep = order.state === 'undone' ? keepUndone : keepRefused;
      attempt('keep what was refused', () => keep(order.files, order.message, paths), means);
      return undefined;
    }
    case 'forgetRefused': {
      const isGone = attempt('remove what was refused', () => forgetRefused(paths), means);
      return isGone ? undefined : { kind: 'refusedFilesLeft' };
    }
    case 'removeStale':
      attempt('remove what a crash has left', () => removeStale(means), means);
      return undefined;
    case 'discardCandidate':
      attempt('remove what was judged', () => discardCandidate(means), means);
      return undefined;
    case 'log':
      log[order.level](order.fields, order.message);
      return undefined;
  }
}

/** Room for the next text. A disk that is full already has none; what is there has to suffice. */
function reserve(announcements: string, { paths, log }: Means): void {
  try {
    fillReserve(announcements, paths, ownershipIn(paths.folder));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    log.debug({ err: error }, 'no reserve for the announcements');
  }
}

function removeStale({ paths, log }: Means): void {
  const removed = removeStaleFiles(paths);
  if (removed.length > 0) log.info({ removed }, 'what an earlier flockd has left beside its files is removed');
}

/** @returns whether it succeeded. */
function attempt(what: string, work: () => void, { paths, log }: Means): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    log.warn({ err: error }, `cannot ${what} beside ${paths.config}: ${errorText(error)}`);
    return false;
  }
}
