/** A pod of the tampered node, as the lines that a player types need it. */
export interface PodFacts {
  readonly name: string;
  /** Its device on the host. */
  readonly device: string;
  readonly ip4: string | undefined;
  readonly ip6: string | undefined;
  /** Its first claim of each family: the pod's alone. Undefined for a family that it does not have. */
  readonly claim4: string | undefined;
  readonly claim6: string | undefined;
  /** Everything that it claims, and where each address lies in the pod. */
  readonly claims: readonly { readonly address: string; readonly dev: 'lo' | 'eth0' }[];
}

/**
 * Something that a player does. A line is typed in a shell: on the node, in the folder of its files and with the mounts that
 * flockd and BIRD see; or in the namespace of a pod.
 */
export type Operation =
  | { readonly at: 'node'; readonly line: string }
  | { readonly at: 'pod'; readonly pod: string; readonly line: string }
  /**
   * What a supervisor does to a service, or a signal. `start` does nothing where it runs, and tries again where it ends at once;
   * `freeze` and `thaw` are SIGSTOP and SIGCONT.
   */
  | { readonly service: 'bird' | 'flockd'; readonly verb: 'kill' | 'start' | 'restart' | 'freeze' | 'thaw' }
  /** CNI ADD once more, which repairs the pod's end of the wiring. */
  | { readonly addAgain: string };

/** What stands between actions: two that hold the same never stand at the same time. */
export type Hold = string;

/** One thing that somebody may do to a node. Pure: what is done follows from the pod alone. */
export interface Action {
  readonly name: string;
  readonly holds: Hold;
  /** What is done; undefined where it does not fit the pod (a family that it does not have). */
  readonly act: (pod: PodFacts) => readonly Operation[] | undefined;
  /** What takes it back. None: flockd puts it right by itself, or it does no harm. */
  readonly undo: (pod: PodFacts) => readonly Operation[];
  /** Words, in lower case, by which a problem of status may name this as the cause. */
  readonly causes: readonly string[];
  /** Whether it is about one pod; else about the node as a whole. */
  readonly ofPod: boolean;
  /** Whether it stands until it is taken back. */
  readonly stands: boolean;
  /** Taken back before anybody looks, since without it there is nothing to look at. */
  readonly neverSeen: boolean;
  /** Whether it holds what it holds for all pods. */
  readonly wide: boolean;
}

/** What an action holds while it stands, on this pod. */
export function holdOf({ holds, ofPod, wide }: Action, pod: string): Hold {
  return ofPod && !wide ? `${holds} of ${pod}` : holds;
}

interface Options {
  readonly holds?: Hold;
  readonly causes?: readonly string[];
  readonly neverSeen?: true;
  readonly wide?: true;
}

type NodeWork = string | readonly Operation[];
type PodWork = (pod: PodFacts) => string | readonly Operation[] | undefined;

function onNode(work: NodeWork): readonly Operation[] {
  return typeof work === 'string' ? [{ at: 'node', line: work }] : work;
}

/** An action on the node. With `undo` it stands; without, flockd has to put it right, or nothing has to be. */
export function nodeAction(name: string, act: NodeWork, undo?: NodeWork, options: Options = {}): Action {
  return {
    name,
    holds: options.holds ?? name,
    act: () => onNode(act),
    undo: () => (undo === undefined ? [] : onNode(undo)),
    causes: options.causes ?? [],
    ofPod: false,
    stands: undo !== undefined,
    neverSeen: options.neverSeen ?? false,
    wide: options.wide ?? false,
  };
}

/** An action on the node that concerns one pod. */
export function hostEndAction(name: string, act: PodWork, undo?: PodWork, options: Options = {}): Action {
  const typed = (work: PodWork) => (pod: PodFacts) => {
    const lines = work(pod);
    return lines === undefined ? undefined : onNode(lines);
  };
  return {
    ...nodeAction(name, '', undo === undefined ? undefined : '', options),
    act: typed(act),
    undo: (pod) => (undo === undefined ? [] : (typed(undo)(pod) ?? [])),
    ofPod: true,
  };
}

/** An action inside a pod. What takes it back ends with CNI ADD, as when a runtime repairs a sandbox. */
export function podAction(name: string, act: PodWork, undo: (pod: PodFacts) => string = () => 'true'): Action {
  const inside = (pod: PodFacts, line: string): Operation => ({ at: 'pod', pod: pod.name, line });
  return {
    ...hostEndAction(
      name,
      (pod) => {
        const line = act(pod);
        return typeof line === 'string' ? [inside(pod, line)] : line;
      },
      (pod) => [inside(pod, undo(pod)), { addAgain: pod.name }],
      { holds: 'pod' },
    ),
  };
}
