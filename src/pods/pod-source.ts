import type { PodRef } from '../model/attachment.ts';

/**
 * Why a pod is or is not ready, as a closed list for status and tests. `probePending`: its probes have not decided yet.
 * `terminating`: it is being deleted or has ended, and will not become ready again.
 */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: 'notReady' | 'terminating' | 'probePending'; readonly message: string };

/** A pod as every later stage sees it. It does not reveal the source that it came from. */
export interface Pod extends PodRef {
  /** Everything under `flock.fritzlab.net/`, by key without the prefix, values as written. Hostile until parsed. */
  readonly annotations: ReadonlyMap<string, string>;
  /** For ip-algo: name of the controlling owner (without the ReplicaSet hash), else the pod's name. */
  readonly app: string;
  /** For ip-algo: image of the first container as written, or empty. */
  readonly image: string;
}

/** What a source knows at one moment. */
export interface PodSnapshot {
  /**
   * False until the source has read everything once. Nothing is withdrawn or deleted before. A directory that does not
   * exist counts as read and empty. One that later disappears, or cannot be read, keeps what it last had.
   */
  readonly synced: boolean;
  /** By `podId`. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Problems of the source: unreadable files, unknown annotation keys. For `status`. */
  readonly problems: readonly PodProblem[];
}

export interface PodProblem {
  readonly code:
    | 'manifestUnreadable'
    | 'manifestInvalid'
    | 'annotationUnknown'
    | 'annotationInvalid'
    | 'podDuplicate'
    | 'sourceUnavailable';
  /** The file or pod concerned. */
  readonly subject: string;
  readonly message: string;
}

/** A probe of a container's readiness, as its manifest specifies. Times in milliseconds. */
export interface Probe {
  /** Name of the container, for messages. */
  readonly container: string;
  readonly action: ProbeAction;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Consecutive successes that make an unready container ready. */
  readonly successThreshold: number;
  /** Consecutive failures that make a ready container unready. */
  readonly failureThreshold: number;
}

/** What a probe does. Without a `host` it goes to the pod. */
export type ProbeAction =
  | { readonly kind: 'tcpSocket'; readonly host: string | undefined; readonly port: number }
  | {
      readonly kind: 'httpGet';
      readonly scheme: 'http' | 'https';
      readonly host: string | undefined;
      readonly port: number;
      /** Path and query, encoded, beginning with `/`. */
      readonly path: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  /** The health service of a gRPC server; an empty service is the server as a whole. */
  | { readonly kind: 'grpc'; readonly host: undefined; readonly port: number; readonly service: string }
  /** Runs on the host, without a shell. */
  | { readonly kind: 'exec'; readonly command: readonly string[] };

/**
 * The addresses on which a wired pod answers, which probes need. The engine passes them to the source after wiring;
 * undefined revokes them.
 */
export interface WiredPod extends PodRef {
  readonly ip4: string | undefined;
  readonly ip6: string | undefined;
}

/** Where pods come from: the directory of manifests, or Kubernetes. */
export interface PodSource {
  /** Starts to read and watch. Resolves when the first reading is done. */
  start(): Promise<void>;
  snapshot(): PodSnapshot;
  /**
   * Reads what the source has for this pod now, so that a manifest put in place before ADD counts.
   * @returns the pod; undefined when the source does not know it (wire with defaults);
   * @throws FlockError `tryAgainLater` when the source cannot tell yet (Kubernetes).
   */
  lookup(pod: PodRef): Promise<Pod | undefined>;
  /** Whether the pod is ready, from its Ready condition, else its probes, else at once. Undefined: not known. */
  readiness(pod: PodRef): Readiness | undefined;
  /**
   * Replaces the set of wired pods whose probes should run. The first call names the pods that were wired before the
   * daemon started: their probes run at once, and whether they are ready stays open until their thresholds decide.
   */
  setWired(pods: readonly WiredPod[]): void;
  /** Calls back when anything in `snapshot` or `readiness` may have changed. */
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}
