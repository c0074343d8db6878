import type { ClaimKind } from '../advertise/decision.ts';
import type { WithheldReason } from '../advertise/reasons.ts';

/**
 * The JSON that the daemon's socket answers and `flockctl --json` prints. The keys are a contract with users: keys may
 * be added, never renamed or removed. Every key is always present: a text with nothing to say is empty, a value that
 * does not exist is null. Times are ISO 8601.
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
  /** Current problems; empty when there are none. */
  readonly problems: readonly ProblemJson[];
}

export interface BirdJson {
  readonly connected: boolean;
  /** From BIRD's greeting, for instance `2.0.12`; null until BIRD was reached once. */
  readonly version: string | null;
  /** Path of BIRD's control socket. */
  readonly socket: string;
  readonly peers: readonly PeerJson[];
  /** Null until something was published. */
  readonly lastPublish: PublishJson | null;
  /** A change of the configuration that is not confirmed in force; null when BIRD runs the desired configuration. */
  readonly change: ChangeJson | null;
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
  /** The same as a sentence; empty when it is. */
  readonly message: string;
  readonly anycast: readonly string[];
  readonly addresses: readonly string[];
  /** Communities that it asks for: `64600:100` for all its claims, `192.0.2.53=64600:100` for one. */
  readonly communities: readonly string[];
  /** Since when it has been ready or not. */
  readonly since: string;
}

/** An element of `GET /v1/addresses` and `flockctl addresses --json`: one claimed address. */
export interface AddressJson {
  readonly address: string;
  readonly kind: ClaimKind;
  /** `advertised` while BIRD has it in memory and announces it to a router. */
  readonly state: 'advertised' | 'withheld';
  /** Empty when advertised. */
  readonly reason: WithheldReason | '';
  /** The same as a sentence; empty when advertised. */
  readonly message: string;
  /** All pods that claim the address. */
  readonly pods: readonly { readonly namespace: string; readonly name: string }[];
  /** Where packets go: only the eligible pods. */
  readonly nextHops: readonly { readonly via: string; readonly interface: string }[];
  /** Communities of its announcement, from the eligible pods: `64600:100`. */
  readonly communities: readonly string[];
  /** The same for large communities: `64600:1:100`. */
  readonly largeCommunities: readonly string[];
  readonly since: string;
}

/** `GET /v1/render` and `flockctl render --json`: the files for BIRD as they would be written now. */
export interface RenderJson {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/**
 * `GET /v1/diff` and `flockctl render --diff --json`: the difference between the files in place, which BIRD runs, and
 * those that would be written now.
 */
export interface DiffJson {
  /** What holds the new configuration back; null when nothing does. */
  readonly change: ChangeJson | null;
  /**
   * A unified diff of each file; an empty text when the file stays as it is. Passwords are masked on both sides: a line
   * in which only the password changes appears twice, with the same text.
   */
  readonly files: readonly { readonly path: string; readonly diff: string }[];
  /** Where a file in place that flockd has not written would be kept; null when there is none. */
  readonly keptForeign: string | null;
  readonly preview: PreviewJson;
}

/** A change of BIRD's configuration that is not confirmed in force. */
export interface ChangeJson {
  /**
   * `verifying`: in force under BIRD's timer until its sessions have been verified. `waits`: it would reset an
   * established session and has no permission. `refused`: BIRD or the templates refuse it. `undone`: BIRD accepted it
   * and it did harm, so it was reverted.
   */
  readonly state: 'verifying' | 'waits' | 'refused' | 'undone';
  readonly since: string;
  readonly message: string;
  /** Sessions that the change restarts. */
  readonly resets: readonly SessionChangeJson[];
}

/** `POST /v1/apply` and `flockctl apply --json`. */
export interface ApplyJson {
  /** The change that was not confirmed in force at the time of the call; null for none. */
  readonly before: ChangeJson | null;
  /** The same afterwards: null when the desired configuration is in force and verified. */
  readonly change: ChangeJson | null;
  readonly lastPublish: PublishJson | null;
  /** Says that nothing was waiting, so nothing was permitted; empty when something was. */
  readonly message: string;
}

/** The effects of a change of BIRD's configuration when BIRD loads it. `session` is the name of a BIRD protocol. */
export interface PreviewJson {
  /** Sessions that restart. */
  readonly resets: readonly (SessionChangeJson & EstablishedJson)[];
  readonly begins: readonly SessionJson[];
  readonly ends: readonly (SessionJson & EstablishedJson)[];
  /** Remaining channels that are refilled: `export` sends all routes again, `import` requests them again. */
  readonly refeeds: readonly {
    readonly session: string;
    readonly channel: string;
    readonly direction: 'export' | 'import';
    readonly reasons: readonly string[];
  }[];
  /** Protocols that are not BGP. */
  readonly protocols: readonly {
    readonly protocol: string;
    readonly type: string;
    readonly change: 'begins' | 'ends' | 'restarts';
    readonly reasons: readonly string[];
  }[];
  /** Networks that start and that stop being announced. */
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
}

export interface SessionJson {
  readonly session: string;
  /** Address of the neighbour as written in the configuration. */
  readonly neighbor: string;
}

export interface SessionChangeJson extends SessionJson {
  /** What has changed, in readable form: `hold time 30 → 60`; never a password. */
  readonly reasons: readonly string[];
}

export interface EstablishedJson {
  /** Whether the session is up now; null when no BIRD could be asked. */
  readonly established: boolean | null;
}

/** Body of every answer of the socket that is not a success, except `/cni` (where a runtime gets CNI error JSON). */
export interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string };
}
