/**
 * Every error that a user can meet: its code, the CNI error number that a runtime sees (CNI specification, "Error": 1
 * to 99 are the specification's, 100 and above ours) and its meaning. docs/cni.md has the same table; a test compares
 * the two.
 */
export const ERROR_CODES = {
  cniVersionUnsupported: {
    cni: 1,
    meaning: 'the network configuration asks for a CNI version that flock does not speak',
  },
  sandboxUnknown: { cni: 3, meaning: 'the network namespace does not exist' },
  environmentInvalid: { cni: 4, meaning: 'a CNI_* variable is missing or malformed' },
  requestUndecodable: { cni: 6, meaning: 'the network configuration is not JSON' },
  configurationInvalid: { cni: 7, meaning: 'the network or daemon configuration is invalid' },
  tryAgainLater: { cni: 11, meaning: 'the daemon is starting, not there, or busy; the runtime should retry' },
  poolExhausted: { cni: 100, meaning: 'no address is free in the pool, or in the part of it that the pod asks for' },
  claimRefused: { cni: 101, meaning: 'the pod claims an address or a community that it may not have' },
  annotationInvalid: { cni: 102, meaning: 'an annotation of the pod cannot be read' },
  familyMissing: {
    cni: 103,
    meaning: 'an annotation asks for a family that has no pool, or that the pod does not have',
  },
  wiringFailed: { cni: 104, meaning: 'the kernel refused a link, address or route' },
  checkFailed: { cni: 105, meaning: 'what the kernel has differs from what ADD made' },
  stateUnwritable: { cni: 106, meaning: 'the allocations file cannot be written' },
  internal: { cni: 199, meaning: 'a defect in flockd' },
} as const satisfies Record<string, { cni: number; meaning: string }>;

/** Code of an error of ours. */
type ErrorCode = keyof typeof ERROR_CODES;

/** An error for the user: `message` names object, value, rule and remedy; `details` adds what belongs in a log. */
export class FlockError extends Error {
  override readonly name = 'FlockError';
  readonly code: ErrorCode;
  readonly details: string | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details;
  }
}

/** The error as a FlockError: any other value becomes `internal`, with the original as its cause. */
export function asFlockError(error: unknown): FlockError {
  if (error instanceof FlockError) return error;
  return new FlockError('internal', `defect in flockd: ${errorText(error)}`, { cause: error });
}

/** The message of a thrown value, on one line. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
