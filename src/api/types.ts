import type { ClaimKind, WithheldReason } from '../advertise/types.ts';

/**
 * The JSON that the daemon's socket answers and `flockctl --json` prints. The keys are a contract with users: they
 * may be added to, never renamed or removed. Every key is always there: a text that has nothing to say is empty, a
 * value that does not exist is null. Times are ISO 8601.
 */

/** `GET /v1/status` and `flockctl status --json`. */
export interface StatusJson {
  readonly node: string;
  /** Version of flockd. */
  readonly version: string;
  readonly startedAt: string;
  readonly bird: BirdJson;
  readonly pods: { readonly total: number; readonly ready: number };
  readonly addresses: { readonly advertised: number; readonly withheld: number };
  /** What is wrong right now; empty when nothing is. */
  readonly problems: readonly ProblemJson[];
}

export interface BirdJson {
  readonly connected: boolean;
  /** As BIRD greets, for instance `2.0.12`; null until BIRD was reached once. */
  readonly version: string | null;
  /** Path of BIRD's control socket. */
  readonly socket: string;
  readonly peers: readonly PeerJson[];
  /** Null until something was published. */
  readonly lastPublish: PublishJson | null;
}

export interface PeerJson {
  readonly name: string;
  /** BIRD's word: `Established`, `Active`, …; empty while BIRD is not connected. */
  readonly state: string;
  readonly since: string | null;
}

export interface PublishJson {
  readonly at: string;
  readonly ok: boolean;
  /** Why it failed, for programs; empty when `ok`. */
  readonly code: string;
  readonly message: string;
}

export interface ProblemJson {
  readonly code: string;
  readonly message: string;
}

/** An element of `GET /v1/pods` and `flockctl pods --json`: one attachment. */
export interface PodJson {
  readonly namespace: string;
  readonly name: string;
  readonly containerId: string;
  /** Interface in the pod. */
  readonly interface: string;
  readonly hostInterface: string;
  /** Path of the pod's network namespace. */
  readonly sandbox: string;
  readonly ip6: string | null;
  readonly ip4: string | null;
  /** Hardware address of the pod's end. */
  readonly mac: string;
  readonly ready: boolean;
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
  readonly anycast: readonly string[];
  readonly addresses: readonly string[];
  /** Since when it has been ready or not. */
  readonly since: string;
}

/** An element of `GET /v1/addresses` and `flockctl addresses --json`: one claimed address. */
export interface AddressJson {
  readonly address: string;
  readonly kind: ClaimKind;
  /** `advertised` only after BIRD has accepted it. */
  readonly state: 'advertised' | 'withheld';
  /** Empty when advertised. */
  readonly reason: WithheldReason | '';
  /** All pods that claim the address. */
  readonly pods: readonly { readonly namespace: string; readonly name: string }[];
  /** Where packets go: the eligible pods only. */
  readonly nextHops: readonly { readonly via: string; readonly interface: string }[];
  readonly since: string;
}

/** `GET /v1/render` and `flockctl render --json`: the files for BIRD as they would be written now. */
export interface RenderJson {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** Body of every answer of the socket that is not a success, `/cni` apart (a runtime gets CNI error JSON there). */
export interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string };
}
