import type { Decisions } from '../../advertise/decide.ts';
import type { AddressDecision } from '../../advertise/decision.ts';
import { diffDecisions } from '../../advertise/diff.ts';
import type { Address } from '../../model/address.ts';
import { podId } from '../../model/attachment.ts';
import { escapeText } from '../../model/printable.ts';
import type { Announced } from '../pass/order.ts';
import type { BoundedLog } from './bounded-log.ts';
import { MESSAGE_LIMIT, rounded } from './line-values.ts';

/** Reports addresses that are announced and withdrawn: when BIRD has accepted it, with the reason that led to it. */
export interface AddressEvents {
  onDecided(before: Decisions | undefined, after: Decisions, since: number): void;
  onAccepted(before: Announced, after: Announced): void;
}

/** A change of an address that BIRD has yet to accept. */
interface Pending {
  /** When the event came that caused it. */
  readonly since: number;
  readonly reason: string;
  readonly message: string;
}

/** @param clock in milliseconds; it is never set. */
export function createAddressEvents(lines: BoundedLog, clock: () => number): AddressEvents {
  const pending = new Map<Address, Pending>();
  // By address, so that one change among ten thousand does not cost a walk over the others.
  const decided = new Map<Address, AddressDecision>();
  let announced: Announced = new Map();

  function note(address: Address, after: AddressDecision | undefined, since: number): void {
    const before = after === undefined ? undefined : decided.get(address);
    if (after === undefined) decided.delete(address);
    else decided.set(address, after);
    const wanted = (after?.nextHops.length ?? 0) > 0;
    if (wanted === announced.has(address)) {
      pending.delete(address);
      return;
    }
    const why = wanted ? before : after;
    const reason = why?.reason ?? (wanted ? '' : 'released');
    const known = pending.get(address);
    pending.set(address, { since: known?.since ?? since, reason, message: why?.message ?? '' });
  }

  function tellWithdrawn(address: Address, now: number): void {
    // One that is still wanted is withdrawn because the kernel has no route to it, and may come back.
    const known = pending.get(address);
    const { since, reason, message } = known ?? { since: now, reason: 'routeFailed', message: '' };
    if (known === undefined) pending.set(address, { since, reason, message });
    else pending.delete(address);
    const ms = rounded(now - since);
    const said = escapeText(message, MESSAGE_LIMIT);
    const why = said === '' ? reason : `${reason} (${said})`;
    const fields = { event: 'withdrawn', address, reason, message: said, ms };
    lines.tell(
      'withdrawals',
      address,
      fields,
      `${address} is withdrawn: ${why}; BIRD has accepted that after ${ms} ms`,
    );
  }

  function tellAnnounced({ address, nextHops, claimants }: AddressDecision, now: number): void {
    const { since = now, reason = '' } = pending.get(address) ?? {};
    pending.delete(address);
    const ms = rounded(now - since);
    const pods = claimants.filter(({ withheld }) => withheld === undefined).map(podId);
    const fields = { event: 'announced', address, reason, pods, nextHops, ms };
    const was = reason === '' ? '' : `, no longer ${reason}`;
    const through = `${pods.slice(0, 3).join(', ')}${pods.length > 3 ? ` and ${pods.length - 3} more` : ''}`;
    const sentence = `${address} is announced through ${through}${was}; BIRD has accepted that after ${ms} ms`;
    lines.tell('announcements', address, fields, sentence);
  }

  return {
    onDecided(before, after, since) {
      const { changed, gone } = diffDecisions(before?.decisions ?? [], after.decisions);
      for (const decision of changed) note(decision.address, decision, since);
      for (const address of gone) note(address, undefined, since);
    },
    onAccepted(before, after) {
      announced = after;
      const now = clock();
      const { added, removed } = differences(before, after, pending);
      for (const address of removed) tellWithdrawn(address, now);
      for (const decision of added) tellAnnounced(decision, now);
    },
  };
}

/** What came and went between two sets. @param likely where that is looked for first. */
function differences(before: Announced, after: Announced, likely: ReadonlyMap<Address, unknown>) {
  const between = (all: Announced, others: Announced, addresses: Iterable<Address>): AddressDecision[] =>
    [...addresses].flatMap((address) => (others.has(address) ? [] : (all.get(address) ?? [])));
  const [added, removed] = [between(after, before, likely.keys()), between(before, after, likely.keys())];
  const isAll = before.size + added.length - removed.length === after.size;
  const found = isAll
    ? { added, removed }
    : { added: between(after, before, after.keys()), removed: between(before, after, before.keys()) };
  return { added: found.added, removed: found.removed.map(({ address }) => address) };
}
