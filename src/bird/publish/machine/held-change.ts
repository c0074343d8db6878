import type { SessionReset } from '../../../bird-language/compare/types.ts';
import type { PendingChange, PublishFiles, PublishResult, PublishRules } from '../../types.ts';
import type { Granted, PublishState } from './state.ts';

/** Why a text is not in force. */
export type HeldState = 'waits' | 'refused' | 'undone';

/** A text of `bird.conf` that is not tried again by itself. */
export interface Held {
  readonly state: HeldState;
  /** The whole text; as long as the templates give the same, nothing has changed. */
  readonly config: string;
  /** For people; names the remedy. */
  readonly message: string;
  /** Sessions that are up and that the change would reset; empty unless `waits`. */
  readonly resets: readonly SessionReset[];
  readonly since: Date;
  /** Stamp of the file that BIRD is started with, from before it was judged; undefined where that does not matter. */
  readonly main: string | undefined;
}

/** What a publish says whose `bird.conf` is held, as `status` shows it. */
const CODES = {
  waits: { code: 'changeWaits' },
  refused: { code: 'configurationRefused' },
  undone: { code: 'changeUndone' },
} as const satisfies Record<HeldState, { code: string }>;

/** Where the configuration of flockd says nothing. */
export const DEFAULT_RULES: PublishRules = {
  ...{ allowSessionReset: false, confirmTimeout: 30, neighbors: [], summaries: [] },
};

/**
 * Whether a text that was held back stays so. What ends it: another text, a permission for this one, for a refusal a
 * change of the operator's file (the fault may have been there), for one that waits `bird.allowSessionReset` or, which
 * has to be checked, that its sessions are down (see {@link waitIsOver}).
 * @param main stamp of the file that BIRD is started with.
 */
export function staysHeld(
  { state, config, main: judged }: Held,
  { config: wanted, rules = DEFAULT_RULES }: PublishFiles,
  granted: Granted | undefined,
  main: string | undefined,
): 'no' | 'yes' | 'while its sessions are up' {
  if (config !== wanted || granted?.config === config) return 'no';
  if (state === 'refused' && judged !== main) return 'no';
  if (state !== 'waits') return 'yes';
  return rules.allowSessionReset ? 'no' : 'while its sessions are up';
}

/** Whether a change no longer has to wait: the sessions that it would reset have gone down by themselves. @param up names of sessions. */
export function waitIsOver(
  { state, resets }: Pick<PendingChange, 'resets'> & { readonly state: string },
  up: ReadonlySet<string>,
): boolean {
  return state === 'waits' && !resets.some(({ protocol }) => up.has(protocol));
}

/** What a publish answers whose text is held back. */
export function heldResult({ state, message }: Pick<Held, 'state' | 'message'>): Exclude<PublishResult, { ok: true }> {
  return { ok: false, ...CODES[state], message, announcementsInForce: false };
}

/** The change that is not in force for good, as others may see it: the text itself may have a password in it. */
export function pendingChange({ trial, held }: PublishState): PendingChange | undefined {
  if (trial !== undefined) {
    const { since, resets, seconds, trouble } = trial;
    const rule = `a new bird.conf is in force on trial; unless all sessions are back, and announce what they did, within ${seconds} seconds it is undone`;
    return { state: 'verifying', since, message: trouble === '' ? rule : `${rule}; ${trouble}`, resets };
  }
  if (held === undefined) return undefined;
  const { state, since, message, resets } = held;
  return { state, since, message, resets };
}
