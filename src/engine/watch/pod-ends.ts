import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../../allocation/types.ts';
import { errorText } from '../../errors.ts';
import type { Link, PodQuestion } from '../../kernel/ports.ts';
import { attachmentId, podId } from '../../model/attachment.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import { answersForGateway, type PodFault, podFaults, podQuestion } from '../../wiring/pod-faults.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { isWired } from './host-view.ts';

/**
 * The own ends of pods that claim addresses, as far as packets need them. They are the pods': what is wrong there is told
 * and withheld, and only ADD puts it right. Nothing tells of a change in there but the carrier: a socket of ours that
 * listened in a pod's namespace would keep the namespace alive, and a pod that is gone announced.
 */
export interface PodEnds {
  /**
   * Looks into the pods that are new or were put right by ADD, and those whose link has gained or lost its carrier;
   * keeps `state.altered`.
   * @throws KernelError; then what was known stands.
   */
  look(): Promise<void>;
  /**
   * Looks into the next few pods in turn, and into those that were altered when last seen.
   * @returns whether `state.altered` is another one.
   * @throws KernelError, which the next pass meets as well.
   */
  patrol(): Promise<boolean>;
}

/** A wired pod over whose link packets pass. */
interface End {
  readonly allocation: Allocation;
  readonly link: Link;
  readonly peerIndex: number;
}

interface Seen extends End {
  readonly question: PodQuestion;
  readonly faults: readonly PodFault[];
}

interface Look extends End {
  readonly question: PodQuestion;
  /** What is wrong where the host answers for the gateway, and where it does not. */
  readonly answered: readonly PodFault[];
  readonly unanswered: readonly PodFault[];
}

/**
 * How many pods one patrol looks into. With one patrol a second and 75 µs for a look that is 0.06 % of a core, and 250
 * pods have their turn within half a minute.
 */
const AT_ONCE = 8;
/** And how many of those that were altered: few on a sound node, however many where pods are hostile. */
const ALTERED_AT_ONCE = 32;
/** How many pods the problem in `status` names. */
const NAMED = 3;

export function createPodEnds({ kernel, store, log }: EnginePorts, state: EngineState): PodEnds {
  let seen = new Map<string, Seen>();
  let turn = 0;
  let busy = false;
  const unreadable = new Map<string, string>();
  const problems = state.problems.of('podEnds');

  function ends(): End[] {
    return store.state.allocations.flatMap((allocation) => {
      const { hostInterface, anycast, addresses, netns } = allocation;
      if (allocation.state !== 'committed' || netns === '' || anycast.length + addresses.length === 0) return [];
      if (state.releasing.has(attachmentId(allocation)) || !isWired(state.host, hostInterface)) return [];
      const link = state.host.links.get(hostInterface);
      return link?.peerIndex === undefined ? [] : [{ allocation, link, peerIndex: link.peerIndex }];
    });
  }

  function isNew({ allocation, link }: End): boolean {
    const last = seen.get(link.name);
    if (state.rewired.has(link.name)) return true;
    if (last?.allocation !== allocation || last.link.index !== link.index) return true;
    return last.link.carrierChanges !== link.carrierChanges;
  }

  /** Looks into a pod. @returns what is wrong with it, with and without an answer of the host's proxy ARP. */
  function lookInto(end: End): Look {
    const { allocation, link, peerIndex } = end;
    const last = seen.get(link.name);
    const wiring = wiringOf(allocation, state.config);
    const same = last?.allocation === allocation && last.peerIndex === peerIndex;
    const question = same ? last.question : podQuestion(wiring, peerIndex);
    try {
      const sight = kernel.lookIntoPod(allocation.netns, question);
      unreadable.delete(link.name);
      const [answered, unanswered] = [true, false].map((answers) => podFaults(wiring, link.index, sight, answers));
      return { ...end, question, answered: answered ?? [], unanswered: unanswered ?? [] };
    } catch (error) {
      // Without a look nothing follows: what was known stands.
      const message = `the namespace ${allocation.netns} cannot be looked into: ${errorText(error)}`;
      if (unreadable.get(link.name) !== message) log.warn({ interface: link.name }, message);
      unreadable.set(link.name, message);
      const before = last?.faults ?? [];
      return { ...end, question, answered: before, unanswered: before };
    }
  }

  /** Takes over what has been seen: logs what has changed, tells `status`. @returns whether anything has. */
  function take(now: Map<string, Seen>): boolean {
    let changed = [...seen].some(([name, { faults }]) => faults.length > 0 && !now.has(name));
    for (const [name, { allocation, faults }] of now) {
      const before = seen.get(name)?.faults ?? [];
      if (faults === before || (faults.length === 0 && before.length === 0)) continue;
      changed = true;
      const { pod } = allocation;
      if (faults.length === 0)
        log.info({ pod, interface: name }, 'packets reach a pod again that had altered its own end');
      else log.warn({ pod, interface: name, missing: faults.map(({ text }) => text) }, 'a pod has altered its own end');
    }
    seen = now;
    if (!changed) return false;
    const altered = [...now].filter(([, { faults }]) => faults.length > 0);
    state.altered = new Map(altered.map(([name, { faults }]) => [name, faults]));
    if (altered.length === 0) problems.clear();
    else problems.set('podAltered', sentence(altered));
    return true;
  }

  /** Looks into the pods that are to be, and keeps of the others what was seen of them. */
  async function visit(all: readonly End[], which: ReadonlySet<End>): Promise<boolean> {
    const looks = new Map([...which].map((end) => [end.link.name, lookInto(end)]));
    // Hardly ever: a pod has the entry from ADD.
    const depends = [...looks.values()].some(({ answered, unanswered }) => answered.length !== unanswered.length);
    const answers = depends && (await answersForGateway(kernel.host));
    const now = new Map<string, Seen>();
    for (const { link } of all) {
      const last = seen.get(link.name);
      const look = looks.get(link.name);
      if (look !== undefined) now.set(link.name, seenBy(look, answers ? look.answered : look.unanswered, last));
      else if (last !== undefined) now.set(link.name, last);
    }
    return take(now);
  }

  return {
    async look() {
      const all = ends();
      const which = new Set(all.filter(isNew));
      state.rewired.clear();
      await visit(all, which);
    },
    async patrol() {
      if (busy || seen.size === 0) return false;
      busy = true;
      try {
        const all = ends();
        // Those that are new are the next pass's, which looks into them before it announces anything of them.
        const known = all.filter((end) => !isNew(end));
        const altered = known.filter(({ link }) => state.altered.has(link.name));
        const which = new Set([...inTurn(known, turn, AT_ONCE), ...inTurn(altered, turn, ALTERED_AT_ONCE)]);
        turn += 1;
        return await visit(all, which);
      } finally {
        busy = false;
      }
    },
  };
}

/** Faults that are as they were keep their very object, so that nothing is decided anew for them. */
function seenBy(
  { allocation, link, peerIndex, question }: Look,
  faults: readonly PodFault[],
  last: Seen | undefined,
): Seen {
  const same = last !== undefined && isDeepStrictEqual(faults, last.faults);
  return { allocation, link, peerIndex, question, faults: same ? last.faults : faults };
}

/** So many of a list, in its `turn`: over the turns all of them come, in circles. */
function inTurn<T>(list: readonly T[], turn: number, count: number): T[] {
  const rounds = Math.max(1, Math.ceil(list.length / count));
  const from = (turn % rounds) * count;
  return list.slice(from, from + count);
}

function sentence(altered: readonly (readonly [string, Seen])[]): string {
  const named = altered.slice(0, NAMED).map(([name, { allocation, faults }]) => {
    return `${podId(allocation.pod)} (${name}): ${faults.map(({ text }) => text).join(', ')}`;
  });
  const more = altered.length > NAMED ? `; and ${altered.length - NAMED} more` : '';
  return `pods have altered their own end, so that packets do not reach them: ${named.join('; ')}${more}; repeat ADD, or restart the pod`;
}
