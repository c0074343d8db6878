import type { ProblemCode } from '../model/problem.ts';

/**
 * Who states the problems of `status`: only `file` sets and clears them, `ends` says when they are over. `states`: an
 * owner sets its problems when it finds them and clears them when they are over. `watches`: it determines them whenever
 * the status is asked for, and keeps nothing.
 */
export const OWNERS = {
  configuration: { states: 'daemon/follow-config.ts', ends: 'the file on the disk can be applied, and is' },
  templates: { states: 'daemon/follow-templates.ts', ends: 'a reading of the templates no longer finds it' },
  publish: { states: 'engine/pass/bird-output.ts', ends: 'a publish succeeds' },
  birdText: { watches: 'engine/pass/bird-output.ts', ends: 'the device has an address of the family' },
  keptEdits: { watches: 'engine/pass/bird-output.ts', ends: 'the file that was kept is removed' },
  birdConnection: { states: 'engine/watch/bird-watch.ts', ends: 'BIRD answers' },
  birdMemory: { watches: 'engine/watch/bird-observer.ts', ends: 'BIRD has and advertises what it should' },
  refusedClaims: { watches: 'engine/refused-claims.ts', ends: 'the configuration allows the claim, or it is gone' },
  hostEnds: { states: 'engine/watch/host-ends.ts', ends: 'a comparison finds every end as ADD made it' },
  unfinishedAdds: { states: 'engine/requests/unfinished-add.ts', ends: 'the ADD is undone, or succeeds when repeated' },
  leftovers: { states: 'engine/start/startup.ts', ends: 'flockd starts again' },
  podMtu: { states: 'engine/pass/host-refresh.ts', ends: 'the uplink has the MTU, or pods get no IPv6' },
  podEnds: { states: 'engine/watch/pod-ends.ts', ends: 'an inspection of the pods finds nothing altered' },
  unreachablePods: {
    watches: 'engine/unreachable-pods.ts',
    ends: 'the link carries packets, or the pod is gone',
  },
  unwrittenState: { watches: 'engine/snapshot.ts', ends: 'the allocations file is written' },
  routerId: { states: 'engine/pass/host-refresh.ts', ends: 'the router id is in the allocations file' },
  routes: { states: 'engine/pass/route-output.ts', ends: 'the kernel takes the route, and packets take it too' },
  sysctls: { states: 'engine/watch/host-sysctls.ts', ends: 'every sysctl is, and stays, as pods need it' },
  packetFilter: { states: 'engine/watch/host-filter.ts', ends: 'the filter lets through what goes to pods' },
  allocationsFile: { states: 'engine/start/startup.ts', ends: 'flockd starts again' },
  socket: { states: 'daemon/run.ts', ends: 'flockd listens on its socket again' },
  metrics: { states: 'daemon/metrics-listener.ts', ends: 'the address can be listened on, or is not asked for' },
  nextPodSource: { states: 'engine/watch/source-change.ts', ends: 'the new source can be read, or is not asked for' },
  podSource: { watches: 'engine/snapshot.ts', ends: 'the source reads what it names without a fault' },
  pendingEdits: {
    watches: 'engine/pending-edits.ts',
    ends: 'the pod is deleted and added, or the manifest is as before',
  },
} as const satisfies Record<string, { states: string; ends: string } | { watches: string; ends: string }>;

/** A part of flockd that states problems. */
type Owner = keyof typeof OWNERS;

/**
 * Every problem, with its owners. `several`: it can occur more than once, about different subjects. Of the others the
 * first owner in the list that states it counts.
 */
export const PROBLEMS = {
  configurationInvalid: { owners: ['configuration'], several: false },
  restartNeeded: { owners: ['configuration'], several: false },
  internal: { owners: ['configuration'], several: false },
  templateError: { owners: ['publish'], several: false },
  templateOutdated: { owners: ['templates'], several: true },
  templateUnused: { owners: ['templates'], several: true },
  configurationRefused: { owners: ['publish'], several: false },
  changeWaits: { owners: ['publish'], several: false },
  changeUndone: { owners: ['publish'], several: false },
  notIncluded: { owners: ['publish'], several: false },
  nextHopMissing: { owners: ['birdText', 'birdMemory'], several: true },
  fileError: { owners: ['publish'], several: false },
  fileEdited: { owners: ['keptEdits'], several: true },
  birdUnavailable: { owners: ['publish', 'birdConnection'], several: false },
  sessionDown: { owners: ['birdMemory'], several: true },
  noPeer: { owners: ['birdMemory'], several: true },
  notInBird: { owners: ['birdMemory'], several: true },
  notAllowed: { owners: ['refusedClaims'], several: true },
  wiringFailed: { owners: ['hostEnds', 'unfinishedAdds', 'leftovers'], several: true },
  mtuTooSmall: { owners: ['podMtu'], several: false },
  podAltered: { owners: ['podEnds'], several: false },
  podUnreachable: { owners: ['unreachablePods'], several: true },
  stateUnwritable: { owners: ['unwrittenState', 'routerId'], several: true },
  routeFailed: { owners: ['routes'], several: false },
  forwardingOff: { owners: ['sysctls'], several: true },
  forwardDropped: { owners: ['packetFilter'], several: false },
  allocationsSetAside: { owners: ['allocationsFile'], several: false },
  socketUnavailable: { owners: ['socket'], several: false },
  metricsUnavailable: { owners: ['metrics'], several: false },
  sourceUnavailable: { owners: ['nextPodSource', 'podSource'], several: true },
  manifestUnreadable: { owners: ['podSource'], several: true },
  manifestInvalid: { owners: ['podSource'], several: true },
  podDuplicate: { owners: ['podSource'], several: true },
  annotationPending: { owners: ['pendingEdits'], several: true },
  annotationUnknown: { owners: ['podSource'], several: true },
  annotationInvalid: { owners: ['podSource'], several: true },
} as const satisfies Record<ProblemCode, { owners: readonly Owner[]; several: boolean }>;

/** An owner that sets and clears its problems. */
export type StatingOwner = { [O in Owner]: (typeof OWNERS)[O] extends { states: string } ? O : never }[Owner];

/** An owner that determines its problems when the status is asked for. */
export type WatchingOwner = Exclude<Owner, StatingOwner>;

/** The codes of the problems that an owner may state. */
export type CodeOf<O extends Owner> = {
  [C in ProblemCode]: O extends (typeof PROBLEMS)[C]['owners'][number] ? C : never;
}[ProblemCode];
