import type { Decisions } from '../../advertise/decide.ts';
import type { Allocation } from '../../allocation/allocation.ts';
import type { SessionEvent } from '../../bird/measure/sessions.ts';
import type { Logger } from '../../log.ts';
import { attachmentId, podId } from '../../model/attachment.ts';
import { escapeText } from '../../model/printable.ts';
import { type AddressEvents, createAddressEvents } from './address-events.ts';
import { createBoundedLog } from './bounded-log.ts';
import { MESSAGE_LIMIT, rounded } from './line-values.ts';

/** Writes one line at `info` for each thing that happens on this node, bounded, see BoundedLines. */
export interface EventLog extends AddressEvents {
  onSession(event: SessionEvent): void;
  onAdded(allocation: Allocation, repeated: boolean, ms: number): void;
  onDeleted(allocation: Allocation, ms: number): void;
  /** Reports what is still held back. */
  close(): void;
}

/** @param clock in milliseconds; it is never set. */
export function createEventLog(log: Logger, clock: () => number): EventLog {
  const lines = createBoundedLog(log, clock);
  const addresses = createAddressEvents(lines, clock);
  let standing: Map<string, string> | undefined;

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
        lines.tell('changes to ready', `pod ${pod}`, { event: 'podReady', ...fields }, `pod ${pod} is ready`);
      else {
        const message = escapeText(withheld?.message ?? '', MESSAGE_LIMIT);
        const sentence = `pod ${pod} is not ready: ${reason} (${message})`;
        lines.tell('changes to not ready', `pod ${pod}`, { event: 'podNotReady', ...fields, message }, sentence);
      }
    }
    standing = now;
  }

  return {
    onDecided(before, after, since) {
      notePods(after, since);
      addresses.onDecided(before, after, since);
    },
    onAccepted: addresses.onAccepted,
    onSession({ kind, session, afterMs }) {
      const { peer, address, error, state, status } = session;
      const ms = Math.round(afterMs);
      const fields = { event: kind === 'up' ? 'sessionUp' : 'sessionDown', peer, address, state, reason: error, ms };
      const name = `session ${peer} with ${address}`;
      if (kind === 'up') {
        lines.tell(
          'establishments',
          name,
          fields,
          `${name} is established${ms === 0 ? '' : `, after ${ms} ms without`}`,
        );
        return;
      }
      const why = error === '' ? status : escapeText(error, MESSAGE_LIMIT);
      lines.tell('losses', name, fields, `${name} is down: ${why}; it was established for ${ms} ms`);
    },
    onAdded({ containerId, ifname, pod: { namespace, name }, hostInterface, ip4, ip6 }, repeated, duration) {
      const pod = podId({ namespace, name });
      const ms = rounded(duration);
      const fields = { event: 'podAdded', pod, containerId, interface: ifname, hostInterface, ip4, ip6, repeated, ms };
      const sentence = `pod ${pod} is added${repeated ? ' again' : ''}: ${hostInterface}, ${[ip4, ip6].filter(Boolean).join(', ')}, after ${ms} ms`;
      lines.tell('additions', `pod ${pod}`, fields, sentence);
    },
    onDeleted({ containerId, ifname, pod, hostInterface }, duration) {
      const ms = rounded(duration);
      const fields = { event: 'podDeleted', pod: podId(pod), containerId, interface: ifname, hostInterface, ms };
      lines.tell(
        'deletions',
        `pod ${podId(pod)}`,
        fields,
        `pod ${podId(pod)} is deleted: ${hostInterface}, after ${ms} ms`,
      );
    },
    close: lines.close,
  };
}
