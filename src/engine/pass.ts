import { type DecideInput, type Decisions, decide } from '../advertise/decide.ts';
import type { AddressDecision } from '../advertise/types.ts';
import { type ClaimPolicy, createClaimPolicy } from '../allocation/claim-rules.ts';
import type { TemplateReading } from '../bird/templates/templates.ts';
import type { PendingChange, Permission, PublishResult, RenderedFiles } from '../bird/types.ts';
import type { PodSource } from '../pods/types.ts';
import { type BirdOutput, createBirdOutput } from './bird-output.ts';
import type { EnginePorts, EngineState, Problem } from './context.ts';
import { isWired } from './host-view.ts';
import type { Announced, Routed } from './order.ts';
import { createRouteOutput, type RouteOutput } from './route-output.ts';
import { takeEffect } from './take-effect.ts';

/** What the passes know and `status` shows. */
export interface Reconciler {
  /** One walk along the line: decide, route, publish, unroute. Rejects when something must be tried again. */
  pass(): Promise<void>;
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
  /** What is wrong with what BIRD is wanted to do. */
  readonly birdProblems: readonly Problem[];
  /** A change of BIRD's configuration that is not in force for good. */
  readonly change: PendingChange | undefined;
  /** The next pass tries again what was refused, undone or waits, and may do this. */
  permit(permission: Permission): void;
  /** The next pass publishes, whatever seems to be in force. */
  publishAgain(): void;
  /** BIRD's memory is in doubt (it restarted): publish in full with the next pass. */
  forgetBird(): void;
  /** The kernel's routes are in doubt: compare them in full with the next pass. */
  forgetRoutes(): void;
  /** These links were down since the last pass: the kernel has dropped the routes through them. */
  forgetLinks(indexes: ReadonlySet<number>): void;
  /** Ids of attachments of which this source cannot say yet whether they are ready. */
  undecided(source: PodSource): readonly string[];
  /** After this, undecided pods hold nothing back any more. */
  stopWaitingForReadiness(): void;
}

export function createReconciler(ports: EnginePorts, state: EngineState): Reconciler {
  const routes: RouteOutput = createRouteOutput(ports, state);
  const bird: BirdOutput = createBirdOutput(ports, state);
  let last: Decisions | undefined;
  let policy: { readonly of: ClaimPolicy; readonly config: object; readonly own: object } | undefined;
  let complete = false;
  let patient = true;

  function currentPolicy(): ClaimPolicy {
    const { config, host } = state;
    if (policy?.config !== config || policy.own !== host.ownAddresses) {
      const { ownAddresses } = host;
      policy = { of: createClaimPolicy({ config, ownAddresses }), config, own: ownAddresses };
    }
    return policy.of;
  }

  function input(source: PodSource): DecideInput {
    return {
      allocations: ports.store.state.allocations,
      pods: source.snapshot(),
      readiness: (pod) => source.readiness(pod),
      wired: { has: (name) => isWired(state.host, name) },
      altered: state.altered,
      terminating: state.releasing,
      policy: currentPolicy(),
    };
  }

  async function pass(): Promise<void> {
    const observed = input(ports.source);
    const { pods } = observed;
    last = decide(observed, last);
    complete ||= pods.synced && (last.undecided.length === 0 || !patient);
    if (!complete) return;
    await takeEffect(wantedOf(last), bird, routes);
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
    forgetLinks: (indexes) => routes.forgetLinks(indexes),
    undecided: (source) => decide(input(source)).undecided,
    stopWaitingForReadiness: () => {
      patient = false;
    },
  };
}

function wantedOf(decisions: Decisions | undefined): Announced {
  const wanted = (decisions?.decisions ?? []).filter((decision) => decision.nextHops.length > 0);
  return new Map(wanted.map((decision) => [decision.address, decision]));
}
