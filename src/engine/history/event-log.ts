import type { Decisions } from '../../advertise/decide.ts';
import type { AddressDecision } from '../../advertise/decision.ts';
import { diffDecisions } from '../../advertise/diff.ts';
import type { Allocation } from '../../allocation/allocation.ts';
import type { SessionEvent } from '../../bird/measure/sessions.ts';
import type { Logger } from '../../log.ts';
import type { Address } from '../../model/address.ts';
import { attachmentId, podId } from '../../model/attachment.ts';
import { escapeText } from '../../model/printable.ts';
import type { Announced } from '../pass/order.ts';
import { BoundedLines, heldBackText } from './bounded-lines.ts';

/** Characters of a message, which may come from a pod, that a line quotes; its field `message` has as many. */
const MESSAGE_LIMIT = 200;

/** Writes one line at `info` for each thing that happens on this node, bounded, see BoundedLines. */
export interface EventLog {
  onDecided(before: Decisions | undefined, after: Decisions, since: number): void;
  onAccepted(before: Announced, after: Announced): void;
  onSession(event: SessionEvent): void;
  onAdded(allocation: Allocation, repeated: boolean, ms: number): void;
  onDeleted(allocation: Allocation, ms: number): void;
  /** Tells what is still held back. */
  close(): void;
}

/** A change of an address that BIRD has yet to accept. */
interface Pending {
  /** When the event came that it goes back to. */
  readonly since: number;
  readonly reason: string;
  readonly message: string;
}

/** @param clock in milliseconds; never set. */
export function createEventLog(log: Logger, clock: () => number): EventLog {
  const lines = new BoundedLines();
  const pending = new Map<Address, Pending>();
  let standing: Map<string, string> | undefined;
  // By address, so that one change among ten thousand costs no walk over the others.
  const decided = new Map<Address, AddressDecision>();
  let announced: Announced = new Map();
  let timer: NodeJS.Timeout | undefined;

  function tell(kind: string, subject: string, fields: object, sentence: string): void {
    const now = clock();
    // Windows that are over are told first, so that a line never counts for two minutes.
    flush(now);
    if (lines.offer({ kind, subject }, now)) log.info(fields, sentence);
    timer ??= setTimeout(wake, Math.max(0, (lines.next ?? now) - now)).unref();
  }

  function wake(): void {
    timer = undefined;
    const now = clock();
    flush(now);
    if (lines.next !== undefined) timer = setTimeout(wake, Math.max(1, lines.next - now)).unref();
  }

  function flush(now: number): void {
    if (lines.next === undefined || lines.next > now) return;
    for (const held of lines.close(now)) log.info({ event: 'heldBack', ...held }, heldBackText(held));
  }

  function noteAddress(
    address: Address,
    before: AddressDecision | undefined,
    after: AddressDecision | undefined,
    since: number,
  ): void {
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

  function notePods({ basis }: Decisions, since: number): void {
    const now = new Map<string, string>();
    for (const [allocation, { withheld }] of basis.standings) {
      const id = attachmentId(allocation);
      const reason = withheld?.reason ?? '';
      now.set(id, reason);
      // What was there at the start has not happened now.
      if (standing === undefined || standing.get(id) === reason) continue;
      const pod = podId(allocation.pod);
      const ms = rounded(clock() - since);
      const fields = { pod, containerId: allocation.containerId, reason, ms };
      if (reason === '')
        tell('changes to ready', `pod ${pod}`, { event: 'podReady', ...fields }, `pod ${pod} is ready`);
      else {
        const message = escapeText(withheld?.message ?? '', MESSAGE_LIMIT);
        const sentence = `pod ${pod} is not ready: ${reason} (${message})`;
        tell('changes to not ready', `pod ${pod}`, { event: 'podNotReady', ...fields, message }, sentence);
      }
    }
    standing = now;
  }

  return {
    onDecided(before, after, since) {
      notePods(after, since);
      const { changed, gone } = diffDecisions(before?.decisions ?? [], after.decisions);
      for (const decision of changed) {
        noteAddress(decision.address, decided.get(decision.address), decision, since);
        decided.set(decision.address, decision);
      }
      for (const address of gone) {
        noteAddress(address, undefined, undefined, since);
        decided.delete(address);
      }
    },
    onAccepted(before, after) {
      announced = after;
      const now = clock();
      const { added, removed } = differences(before, after, pending);
      for (const address of removed) {
        // One that is wanted all the same goes because the kernel has no route to it, and may come back.
        const known = pending.get(address);
        const { since, reason, message } = known ?? { since: now, reason: 'routeFailed', message: '' };
        if (known === undefined) pending.set(address, { since, reason, message });
        else pending.delete(address);
        const ms = rounded(now - since);
        const said = escapeText(message, MESSAGE_LIMIT);
        const why = said === '' ? reason : `${reason} (${said})`;
        const fields = { event: 'withdrawn', address, reason, message: said, ms };
        tell('withdrawals', address, fields, `${address} is withdrawn: ${why}; BIRD has accepted that after ${ms} ms`);
      }
      for (const { address, nextHops, claimants } of added) {
        const { since = now, reason = '' } = pending.get(address) ?? {};
        pending.delete(address);
        const ms = rounded(now - since);
        const pods = claimants.filter(({ withheld }) => withheld === undefined).map(podId);
        const fields = { event: 'announced', address, reason, pods, nextHops, ms };
        const was = reason === '' ? '' : `, no longer ${reason}`;
        const through = `${pods.slice(0, 3).join(', ')}${pods.length > 3 ? ` and ${pods.length - 3} more` : ''}`;
        const sentence = `${address} is announced through ${through}${was}; BIRD has accepted that after ${ms} ms`;
        tell('announcements', address, fields, sentence);
      }
    },
    onSession({ kind, session, afterMs }) {
      const { peer, address, error, state, status } = session;
      const ms = Math.round(afterMs);
      const fields = { event: kind === 'up' ? 'sessionUp' : 'sessionDown', peer, address, state, reason: error, ms };
      const name = `session ${peer} with ${address}`;
      if (kind === 'up') {
        tell('establishments', name, fields, `${name} is established${ms === 0 ? '' : `, after ${ms} ms without`}`);
        return;
      }
      const why = error === '' ? status : escapeText(error, MESSAGE_LIMIT);
      tell('losses', name, fields, `${name} is down: ${why}; it was established for ${ms} ms`);
    },
    onAdded({ containerId, ifname, pod: { namespace, name }, hostInterface, ip4, ip6 }, repeated, duration) {
      const pod = podId({ namespace, name });
      const ms = rounded(duration);
      const fields = { event: 'podAdded', pod, containerId, interface: ifname, hostInterface, ip4, ip6, repeated, ms };
      const sentence = `pod ${pod} is added${repeated ? ' again' : ''}: ${hostInterface}, ${[ip4, ip6].filter(Boolean).join(', ')}, after ${ms} ms`;
      tell('additions', `pod ${pod}`, fields, sentence);
    },
    onDeleted({ containerId, ifname, pod, hostInterface }, duration) {
      const ms = rounded(duration);
      const fields = { event: 'podDeleted', pod: podId(pod), containerId, interface: ifname, hostInterface, ms };
      tell('deletions', `pod ${podId(pod)}`, fields, `pod ${podId(pod)} is deleted: ${hostInterface}, after ${ms} ms`);
    },
    close() {
      clearTimeout(timer);
      flush(Number.POSITIVE_INFINITY);
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

/** To a tenth of a millisecond. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
