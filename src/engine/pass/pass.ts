import { type DecideInput, type Decisions, decide } from '../../advertise/decide.ts';
import type { AddressDecision } from '../../advertise/decision.ts';
import { podObstacle } from '../../advertise/obstacle.ts';
import { standingOf, type Withheld } from '../../advertise/standing.ts';
import type { Allocation } from '../../allocation/allocation.ts';
import { type ClaimPolicy, createClaimPolicy } from '../../allocation/claim-rules.ts';
import type { TemplateReading } from '../../bird/templates/templates.ts';
import type { PendingChange, Permission, PublishResult, RenderedFiles } from '../../bird/types.ts';
import type { PodSource } from '../../pods/pod-source.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { MendedEnds } from '../watch/host-ends.ts';
import { isWired } from '../watch/host-view.ts';
import { type BirdOutput, createBirdOutput } from './bird-output.ts';
import type { LostRoutes } from './lost-routes.ts';
import type { Announced, Routed } from './order.ts';
import { createRouteOutput } from './route-output.ts';
import { takeEffect } from './take-effect.ts';

/** What the passes know and `status` shows. */
export interface Reconciler {
  /**
   * One walk along the line: decide, route, publish, unroute. Rejects when something must be tried again.
   * @param since when the event came that it is for, on the clock of `performance`.
   */
  pass(since: number): Promise<void>;
  /** The last decisions. */
  readonly decisions: readonly AddressDecision[];
  /** What BIRD has accepted. */
  readonly announced: Announced;
  /** What the kernel routes. */
  readonly routed: Routed;
  /** Whether the state was complete once, so that withdrawals and deletions are allowed. */
  readonly complete: boolean;
  /** How the last publish ended. */
  readonly lastResult: PublishResult | undefined;
  /** The files for BIRD as they would be written now. @throws FlockError when a template cannot be rendered. */
  render(): RenderedFiles;
  /** The templates of a folder have been read (again): the next pass renders with them. */
  useTemplates(folder: string, reading: TemplateReading): void;
  /** Why not all claims of a pod may be announced: by the last decision, otherwise by what would be decided now. */
  withheld(allocation: Allocation): Withheld | undefined;
  /** The text of BIRD's configuration that is wanted; undefined where none can be rendered. */
  readonly birdText: string | undefined;
  /** What is wrong with what BIRD is wanted to do. */
  readonly birdProblems: BirdOutput['problems'];
  /** A change of BIRD's configuration that is not in force for good. */
  readonly change: PendingChange | undefined;
  /** The next pass tries again what was refused, undone or waits, and may do this. @returns false where there is nothing. */
  permit(permission: Permission): boolean;
  /** The next pass publishes, whatever seems to be in force. */
  publishAgain(): void;
  /** BIRD's memory is in doubt (it restarted): publish in full with the next pass. */
  forgetBird(): void;
  /** The kernel's routes are in doubt: compare them in full with the next pass. */
  forgetRoutes(): void;
  /** What happened to pods' links since the last pass, and so to the routes through them. */
  forgetLinks(links: MendedEnds): void;
  /** Addresses to which packets do not take our route. */
  readonly lost: LostRoutes;
  /** When the next of them has to be withdrawn, in milliseconds from now; undefined when none has. */
  readonly nextDue: number | undefined;
  /** Ids of attachments of which this source cannot say yet whether they are ready. */
  undecided(source: PodSource): readonly string[];
  /** After this, undecided pods hold nothing back any more. */
  stopWaitingForReadiness(): void;
}

/** What is called when a pass has decided something, or has carried it out. */
interface PassListener {
  /** @param since when the event came that the pass is for. */
  onDecided(before: Decisions | undefined, after: Decisions, since: number): void;
  /** BIRD has accepted a set that replaces another. */
  onAccepted(before: Announced, after: Announced): void;
}

export function createReconciler(ports: EnginePorts, state: EngineState, listener: PassListener): Reconciler {
  const routes = createRouteOutput(ports, state);
  const bird = createBirdOutput(ports, state, listener.onAccepted);
  const input = decideInput(ports, state);
  const now = () => ports.now().getTime();
  let last: Decisions | undefined;
  let complete = false;
  let awaitsReadiness = true;

  async function pass(since: number): Promise<void> {
    const observed = input(ports.source);
    const before = last;
    last = decide(observed, before);
    listener.onDecided(before, last, since);
    complete ||= observed.pods.synced && (last.undecided.length === 0 || !awaitsReadiness);
    if (!complete) return;
    await takeEffect(wantedOf(last), bird, routes, now);
  }

  return {
    pass,
    get decisions() {
      return last?.decisions ?? [];
    },
    get announced() {
      return bird.announced;
    },
    get routed() {
      return routes.routed;
    },
    get complete() {
      return complete;
    },
    get lastResult() {
      return bird.lastResult;
    },
    render: () => bird.render(wantedOf(last)),
    useTemplates: (folder, reading) => bird.useTemplates(folder, reading),
    withheld: (allocation) =>
      podObstacle(allocation, last?.basis.standings.get(allocation) ?? standingOf(allocation, input(ports.source))),
    get birdText() {
      return bird.text;
    },
    get birdProblems() {
      return bird.problems;
    },
    get change() {
      return bird.change;
    },
    permit: (permission) => bird.permit(permission),
    publishAgain: () => bird.doubt(),
    forgetBird: () => bird.forget(),
    forgetRoutes: () => routes.forget(),
    forgetLinks: (links) => routes.forgetLinks(links),
    lost: routes.lost,
    get nextDue() {
      return routes.lost.nextDue(bird.announced, now());
    },
    undecided: (source) => decide(input(source)).undecided,
    stopWaitingForReadiness: () => {
      awaitsReadiness = false;
    },
  };
}

/** What a decision is made from, gathered for a pod source. The policy is made once for each configuration and host. */
function decideInput(ports: EnginePorts, state: EngineState): (source: PodSource) => DecideInput {
  let policy: { readonly of: ClaimPolicy; readonly config: object; readonly own: object } | undefined;

  function currentPolicy(): ClaimPolicy {
    const { config, host } = state;
    const { ownAddresses } = host;
    if (policy?.config !== config || policy.own !== ownAddresses) {
      policy = { of: createClaimPolicy({ config, ownAddresses }), config, own: ownAddresses };
    }
    return policy.of;
  }

  return (source) => ({
    allocations: ports.store.state.allocations,
    pods: source.snapshot(),
    readiness: (pod) => source.readiness(pod),
    wired: { has: (name) => isWired(state.host, name) },
    altered: state.altered,
    terminating: state.releasing,
    policy: currentPolicy(),
  });
}

function wantedOf(decisions: Decisions | undefined): Announced {
  const wanted = (decisions?.decisions ?? []).filter((decision) => decision.nextHops.length > 0);
  return new Map(wanted.map((decision) => [decision.address, decision]));
}
