import type { PendingChange, PublishResult } from '../types.ts';
import { HELD, type Held } from './held-change.ts';
import type { Trial } from './trial.ts';

/** A change on trial, for `status`. */
export function verifying({ resets, seconds, trouble }: Trial, since: Date): PendingChange {
  const rule = `a new bird.conf is in force on trial; unless all sessions are back, and announce what they did, within ${seconds} seconds it is undone`;
  return { state: 'verifying', since, message: trouble === '' ? rule : `${rule}; ${trouble}`, resets };
}

/** What others may see: the text itself may have a password in it. */
export function withoutText({ state, since, message, resets }: Held & { readonly since: Date }): PendingChange {
  return { state, since, message, resets };
}

/** What a publish answers while a text is held back. */
export function heldResult({ state, message }: Held): PublishResult {
  return { ok: false, ...HELD[state], message, announcementsInForce: false };
}
