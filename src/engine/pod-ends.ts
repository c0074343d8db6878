import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../allocation/types.ts';
import { errorText } from '../errors.ts';
import type { Link, PodQuestion } from '../kernel/ports.ts';
import { attachmentId, podId } from '../model/attachment.ts';
import { answersForGateway, type PodFault, podFaults, podQuestion } from '../wiring/pod-faults.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { isWired } from './host-view.ts';
import { wiringOf } from './wiring-of.ts';

/**
 * The pods' own ends, as far as packets need them. They are the pods': what is wrong there is told and withheld, and
 * only ADD puts it right. No socket of ours stays in a pod's namespace, since that would keep the namespace alive, and a
 * pod that is gone announced.
 */
export interface PodEnds {
  /** All of them are in doubt: look into every pod with the next `look`. */
  doubt(): void;
  /**
   * Looks into the pods that are new, those whose link has gained or lost its carrier, and those that were altered when
   * last seen; keeps `state.altered`.
   * @throws KernelError; then what was known stands.
   */
  look(): Promise<void>;
}

interface Seen {
  readonly carrierChanges: number | undefined;
  readonly linkIndex: number;
  readonly allocation: Allocation;
  readonly question: PodQuestion;
  readonly faults: readonly PodFault[];
}

/** A pod that must be looked into. */
interface Stale {
  readonly allocation: Allocation;
  readonly link: Link;
  readonly peerIndex: number;
  readonly last: Seen | undefined;
}

/** How many pods the problem in `status` names. */
const NAMED = 3;

export function createPodEnds({ kernel, store, log }: EnginePorts, state: EngineState): PodEnds {
  let seen = new Map<string, Seen>();
  let all = true;
  const unreadable = new Map<string, string>();

  /** The host's end of a wired pod over which packets pass. */
  function connected(allocation: Allocation): Link | undefined {
    if (allocation.state !== 'committed' || allocation.netns === '') return undefined;
    const { hostInterface } = allocation;
    if (state.releasing.has(attachmentId(allocation)) || !isWired(state.host, hostInterface)) return undefined;
    return state.host.links.get(hostInterface);
  }

  function lookInto({ allocation, link, peerIndex, last }: Stale, answersArp: boolean): Seen {
    const wiring = wiringOf(allocation, state.config);
    const same = last?.allocation === allocation && last.question.linkIndex === peerIndex;
    const question = same ? last.question : podQuestion(wiring, peerIndex);
    const known = { carrierChanges: link.carrierChanges, linkIndex: link.index, allocation, question };
    try {
      const faults = podFaults(wiring, link.index, kernel.lookIntoPod(allocation.netns, question), answersArp);
      unreadable.delete(link.name);
      return { ...known, faults: isDeepStrictEqual(faults, last?.faults) && last !== undefined ? last.faults : faults };
    } catch (error) {
      // Without a look nothing follows: what was known stands.
      const message = `the namespace ${allocation.netns} cannot be looked into: ${errorText(error)}`;
      if (unreadable.get(link.name) !== message) log.warn({ interface: link.name }, message);
      unreadable.set(link.name, message);
      return { ...known, faults: last?.faults ?? [] };
    }
  }

  /** Whether what was seen still holds, as far as the host can tell. */
  function holds(last: Seen, allocation: Allocation, link: Link): boolean {
    if (all || last.faults.length > 0 || last.allocation !== allocation) return false;
    return last.linkIndex === link.index && last.carrierChanges === link.carrierChanges;
  }

  /** Logs what has changed, and tells `status`. */
  function tell(now: ReadonlyMap<string, Seen>): void {
    const sentences: string[] = [];
    for (const [name, { allocation, faults }] of now) {
      const before = seen.get(name)?.faults ?? [];
      const { pod } = allocation;
      const missing = faults.map(({ text }) => text);
      if (missing.length > 0) sentences.push(`${podId(pod)} (${name}): ${missing.join(', ')}`);
      if (faults === before || (missing.length === 0 && before.length === 0)) continue;
      if (missing.length > 0) log.warn({ pod, interface: name, missing }, 'a pod has altered its own end');
      else log.info({ pod, interface: name }, 'packets reach a pod again that had altered its own end');
    }
    if (sentences.length === 0) {
      state.problems.delete('podAltered');
      return;
    }
    const more = sentences.length > NAMED ? `; and ${sentences.length - NAMED} more` : '';
    const message = `pods have altered their own end, so that packets do not reach them: ${sentences.slice(0, NAMED).join('; ')}${more}; repeat ADD, or restart the pod`;
    state.problems.set('podAltered', { code: 'podAltered', message });
  }

  return {
    doubt() {
      all = true;
    },
    async look() {
      const now = new Map<string, Seen>();
      const stale: Stale[] = [];
      for (const allocation of store.state.allocations) {
        const link = connected(allocation);
        if (link?.peerIndex === undefined) continue;
        const last = seen.get(link.name);
        if (last !== undefined && holds(last, allocation, link)) now.set(link.name, last);
        else stale.push({ allocation, link, peerIndex: link.peerIndex, last });
      }
      if (stale.length > 0) {
        const answersArp = await answersForGateway(kernel.host);
        for (const one of stale) now.set(one.link.name, lookInto(one, answersArp));
      }
      tell(now);
      seen = now;
      all = false;
      state.altered = new Map(
        [...now].filter(([, { faults }]) => faults.length > 0).map(([name, { faults }]) => [name, faults]),
      );
    },
  };
}
