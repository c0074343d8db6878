import type { SessionReset } from '../../bird-language/compare/types.ts';
import { ownershipIn, readIfThere } from '../files/file-operations.ts';
import { keepRefused } from '../files/live-set.ts';
import { type PublishPaths, refusedOf } from '../files/paths.ts';
import type { RenderedFiles } from '../types.ts';

/** Why a text is not in force. */
export type HeldState = 'waits' | 'refused' | 'undone';

/** A text of `bird.conf` that shall not be tried again by itself. */
export interface Held {
  readonly state: HeldState;
  /** The whole text; as long as the templates give the same, nothing has changed. */
  readonly config: string;
  /** For people; names the remedy. */
  readonly message: string;
  /** Sessions that are up and that the change would reset; empty unless `waits`. */
  readonly resets: readonly SessionReset[];
}

/** What a publish says whose `bird.conf` is held, as `status` shows it. */
export const HELD = {
  waits: { code: 'changeWaits' },
  refused: { code: 'configurationRefused' },
  undone: { code: 'changeUndone' },
} as const satisfies Record<HeldState, { code: string }>;

/** Behind this stands, in the text beside the refused files, what BIRD had taken and what then hurt. */
const UNDONE_MARK = `${HELD.undone.code}: `;

/**
 * Keeps what was refused or undone beside the live set, with the reason. What waits is kept nowhere: it is asked for
 * with `flockctl render --diff`.
 */
export function keepHeld(held: Held, files: RenderedFiles, paths: PublishPaths): void {
  if (held.state === 'waits') return;
  const mark = held.state === 'undone' ? UNDONE_MARK : '';
  keepRefused(files, `${mark}${held.message}`, paths, ownershipIn(paths.folder));
}

/**
 * What an earlier flockd has undone, so that a restart does not try it again and hurt again. A text that BIRD refused
 * hurts nobody and is simply judged once more.
 */
export function readUndone(paths: PublishPaths): Held | undefined {
  const reason = readIfThere(`${refusedOf(paths.config)}.txt`);
  const config = readIfThere(refusedOf(paths.config));
  if (reason?.startsWith(UNDONE_MARK) !== true || config === undefined) return undefined;
  return { state: 'undone', config, message: reason.slice(UNDONE_MARK.length).trimEnd(), resets: [] };
}
