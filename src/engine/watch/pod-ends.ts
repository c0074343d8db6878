import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../../allocation/allocation.ts';
import { errorText } from '../../errors.ts';
import type { Link, PodQuestion } from '../../kernel/ports.ts';
import { attachmentId, podId } from '../../model/attachment.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import { answersForGateway, type PodFault, podFaults, podQuestion } from '../../wiring/pod-faults.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { OwnProblems } from '../problem-store.ts';
import { isWired } from './host-view.ts';

/**
 * The own ends of pods that claim addresses, as far as packets need them. They are the pods': what is wrong there is
 * reported and withheld, and only ADD repairs it. Only the carrier shows a change in there: a socket of ours that
 * listened in a pod's namespace would keep the namespace alive, and a pod that is gone announced.
 */
interface PodEnds {
  /**
   * Inspects the pods that are new or were repaired by ADD, and those whose link has gained or lost its carrier; keeps
   * `state.altered`.
   * @throws KernelError; then what was known stays.
   */
  inspectNew(): Promise<void>;
  /**
   * Inspects the next few pods in turn, and those that were altered when last seen.
   * @returns whether `state.altered` has been replaced.
   * @throws KernelError, which the next pass meets as well.
   */
  inspectNext(): Promise<boolean>;
}

/** A wired pod over whose link packets pass. */
interface End {
  readonly allocation: Allocation;
  readonly link: Link;
  readonly peerIndex: number;
}

interface Inspected extends End {
  readonly question: PodQuestion;
  readonly faults: readonly PodFault[];
}

interface Inspection extends End {
  readonly question: PodQuestion;
  /** What is wrong where the host answers for the gateway, and where it does not. */
  readonly answered: readonly PodFault[];
  readonly unanswered: readonly PodFault[];
}

/** Within so many inspections, one a second, each pod has its turn: what it has altered is found within half a minute. */
const ROUND = 30;
/** And how many of those that were altered: few on a healthy node, many where pods are hostile. */
const ALTERED_AT_ONCE = 32;
/** How many pods the problem in `status` names. */
const NAMED = 3;

export function createPodEnds(ports: EnginePorts, state: EngineState): PodEnds {
  return new InspectedPods(ports, state);
}

class InspectedPods implements PodEnds {
  readonly #ports: EnginePorts;
  readonly #state: EngineState;
  readonly #problems: OwnProblems<'podAltered'>;
  /** Why a namespace could not be entered, by interface. */
  readonly #unreadable = new Map<string, string>();
  #seen: ReadonlyMap<string, Inspected> = new Map();
  #claiming: { readonly of: readonly Allocation[]; readonly those: readonly Allocation[] } = { of: [], those: [] };
  #turn = 0;
  #busy = false;

  constructor(ports: EnginePorts, state: EngineState) {
    this.#ports = ports;
    this.#state = state;
    this.#problems = state.problems.of('podEnds');
  }

  async inspectNew(): Promise<void> {
    const which = this.#endsOf(this.#claimants()).filter((end) => this.#isNew(end));
    this.#state.rewired.clear();
    const { inspections, answers } = await this.#inspectAll(which);
    this.#take(this.#found(inspections, answers));
  }

  async inspectNext(): Promise<boolean> {
    if (this.#busy || this.#seen.size === 0) return false;
    this.#busy = true;
    try {
      // Those that are new are the next pass's, which inspects them before it announces anything of them.
      const which = this.#endsOf([...this.#due()]).filter((end) => !this.#isNew(end));
      if (which.length === 0) return false;
      const { inspections, answers } = await this.#inspectAll(which);
      // Where nothing has changed there is nothing to take over.
      return this.#isNews(inspections, answers) && this.#take(this.#found(inspections, answers));
    } finally {
      this.#busy = false;
    }
  }

  /** Those whose turn it is. */
  #due(): ReadonlySet<Allocation> {
    const { altered } = this.#state;
    const all = this.#claimants();
    const known = altered.size === 0 ? [] : all.filter((one) => altered.has(one.hostInterface));
    const turn = this.#turn;
    this.#turn += 1;
    return new Set([...inTurn(all, turn, Math.ceil(all.length / ROUND)), ...inTurn(known, turn, ALTERED_AT_ONCE)]);
  }

  /** The committed attachments with claims. An idle daemon asks every second, and they are always the same. */
  #claimants(): readonly Allocation[] {
    const { allocations } = this.#ports.store.state;
    if (this.#claiming.of !== allocations) {
      this.#claiming = { of: allocations, those: allocations.filter(isClaimant) };
    }
    return this.#claiming.those;
  }

  #endsOf(allocations: readonly Allocation[]): End[] {
    const { host, releasing } = this.#state;
    return allocations.flatMap((allocation) => {
      const { hostInterface } = allocation;
      if (!isWired(host, hostInterface) || releasing.has(attachmentId(allocation))) return [];
      const link = host.links.get(hostInterface);
      return link?.peerIndex === undefined ? [] : [{ allocation, link, peerIndex: link.peerIndex }];
    });
  }

  #isNew({ allocation, link }: End): boolean {
    const last = this.#seen.get(link.name);
    if (this.#state.rewired.has(link.name)) return true;
    if (last?.allocation !== allocation || last.link.index !== link.index) return true;
    return last.link.carrierChanges !== link.carrierChanges;
  }

  /** @returns what was found, by interface, and whether the host answers for the gateway, where that matters. */
  async #inspectAll(which: readonly End[]) {
    const inspections = new Map(which.map((end) => [end.link.name, this.#inspect(end)]));
    // Hardly ever: a pod has the entry from ADD.
    const depends = [...inspections.values()].some(({ answered, unanswered }) => answered.length !== unanswered.length);
    return { inspections, answers: depends && (await answersForGateway(this.#ports.kernel.host)) };
  }

  /** All that is known after these inspections. */
  #found(inspections: ReadonlyMap<string, Inspection>, answers: boolean): ReadonlyMap<string, Inspected> {
    const now = new Map<string, Inspected>();
    for (const { link } of this.#endsOf(this.#claimants())) {
      const last = this.#seen.get(link.name);
      const found = inspections.get(link.name);
      if (found !== undefined) now.set(link.name, seenBy(found, answers ? found.answered : found.unanswered, last));
      else if (last !== undefined) now.set(link.name, last);
    }
    return now;
  }

  /** Whether any of these inspections has found anything else than is known of its pod. */
  #isNews(inspections: ReadonlyMap<string, Inspection>, answers: boolean): boolean {
    for (const [name, { allocation, link, question, answered, unanswered }] of inspections) {
      const last = this.#seen.get(name);
      if (last?.allocation !== allocation || last.link !== link || last.question !== question) return true;
      if (last.faults.length > 0 || (answers ? answered : unanswered).length > 0) return true;
    }
    return false;
  }

  /** @returns what is wrong with a pod, with and without an answer of the host's proxy ARP. */
  #inspect(end: End): Inspection {
    const { allocation, link, peerIndex } = end;
    const last = this.#seen.get(link.name);
    const wiring = wiringOf(allocation, this.#state.config);
    const same = last?.allocation === allocation && last.peerIndex === peerIndex;
    const question = same ? last.question : podQuestion(wiring, peerIndex);
    try {
      const answer = this.#ports.kernel.lookIntoPod(allocation.netns, question);
      this.#unreadable.delete(link.name);
      const [answered, unanswered] = [true, false].map((answers) => podFaults(wiring, link.index, answer, answers));
      return { ...end, question, answered: answered ?? [], unanswered: unanswered ?? [] };
    } catch (error) {
      // A pod that cannot be inspected proves nothing: what was known stays.
      const message = `the namespace ${allocation.netns} cannot be inspected: ${errorText(error)}`;
      if (this.#unreadable.get(link.name) !== message) this.#ports.log.warn({ interface: link.name }, message);
      this.#unreadable.set(link.name, message);
      const before = last?.faults ?? [];
      return { ...end, question, answered: before, unanswered: before };
    }
  }

  /** Takes over what has been seen: logs what has changed, reports it in `status`. @returns whether anything has. */
  #take(now: ReadonlyMap<string, Inspected>): boolean {
    const { log } = this.#ports;
    let changed = [...this.#seen].some(([name, { faults }]) => faults.length > 0 && !now.has(name));
    for (const [name, { allocation, faults }] of now) {
      const before = this.#seen.get(name)?.faults ?? [];
      if (faults === before || (faults.length === 0 && before.length === 0)) continue;
      changed = true;
      const { pod } = allocation;
      if (faults.length === 0)
        log.info({ pod, interface: name }, 'packets reach a pod again that had altered its own end');
      else log.warn({ pod, interface: name, missing: faults.map(({ text }) => text) }, 'a pod has altered its own end');
    }
    this.#seen = now;
    if (!changed) return false;
    const altered = [...now].filter(([, { faults }]) => faults.length > 0);
    this.#state.altered = new Map(altered.map(([name, { faults }]) => [name, faults]));
    if (altered.length === 0) this.#problems.clear();
    else this.#problems.set('podAltered', sentence(altered));
    return true;
  }
}

function isClaimant({ state, netns, anycast, addresses }: Allocation): boolean {
  return state === 'committed' && netns !== '' && anycast.length + addresses.length > 0;
}

/** Faults that are as they were keep the same object, so that nothing is decided again for them. */
function seenBy(
  { allocation, link, peerIndex, question }: Inspection,
  faults: readonly PodFault[],
  last: Inspected | undefined,
): Inspected {
  const same = last !== undefined && isDeepStrictEqual(faults, last.faults);
  return { allocation, link, peerIndex, question, faults: same ? last.faults : faults };
}

/** So many of a list, in its `turn`: over the turns all of them come, in circles. */
function inTurn<T>(list: readonly T[], turn: number, count: number): T[] {
  if (list.length === 0) return [];
  const rounds = Math.ceil(list.length / count);
  const from = (turn % rounds) * count;
  return list.slice(from, from + count);
}

function sentence(altered: readonly (readonly [string, Inspected])[]): string {
  const named = altered.slice(0, NAMED).map(([name, { allocation, faults }]) => {
    return `${podId(allocation.pod)} (${name}): ${faults.map(({ text }) => text).join(', ')}`;
  });
  const more = altered.length > NAMED ? `; and ${altered.length - NAMED} more` : '';
  return `pods have altered their own end, so that packets do not reach them: ${named.join('; ')}${more}; repeat ADD, or restart the pod`;
}
