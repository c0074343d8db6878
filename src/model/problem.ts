/** Something wrong that lasts, as `status` lists it. Which part of flockd states which: see src/engine/problems.ts. */
export interface Problem<C extends ProblemCode = ProblemCode> {
  readonly code: C;
  /** Names object, value, rule and remedy. */
  readonly message: string;
}

/** The codes of problems, in the order in which `status` lists them. docs/flockctl.md has a table of the same order. */
export const PROBLEM_CODES = [
  'configurationInvalid',
  'restartNeeded',
  'internal',
  'templateError',
  'templateOutdated',
  'templateUnused',
  'configurationRefused',
  'changeWaits',
  'changeUndone',
  'notIncluded',
  'nextHopMissing',
  'fileError',
  'fileEdited',
  'birdUnavailable',
  'sessionDown',
  'noPeer',
  'notInBird',
  'notAllowed',
  'wiringFailed',
  'mtuTooSmall',
  'podAltered',
  'podUnreachable',
  'stateUnwritable',
  'routeFailed',
  'forwardingOff',
  'forwardDropped',
  'allocationsSetAside',
  'socketUnavailable',
  'metricsUnavailable',
  'sourceUnavailable',
  'manifestUnreadable',
  'manifestInvalid',
  'podDuplicate',
  'annotationPending',
  'annotationUnknown',
  'annotationInvalid',
] as const;

/** The code of a problem. Never renamed or removed: programs compare it. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];
