import type { Publisher } from '../../../src/bird/publish/publisher.ts';
import type { Permission, PublishFiles, PublishResult } from '../../../src/bird/types.ts';
import type { BirdControl, ProtocolStatus } from '../../../src/bird-control/types.ts';
import { type PodRef, podId } from '../../../src/model/attachment.ts';
import type { Pod, PodSnapshot, PodSource, Readiness, WiredPod } from '../../../src/pods/pod-source.ts';

/** A pod source that says what it is told to. */
export class ToldSource implements PodSource {
  readonly pods = new Map<string, Pod>();
  readonly ready = new Map<string, boolean | undefined>();
  synced = true;
  problems: PodSnapshot['problems'] = [];
  wired: readonly WiredPod[] = [];
  stopped = false;
  readonly #listeners = new Set<() => void>();

  tell(name: string, annotations: Record<string, string>, ready: boolean | undefined): void {
    const pod: Pod = {
      namespace: 'default',
      name,
      annotations: new Map(Object.entries(annotations)),
      app: name,
      image: '',
    };
    this.pods.set(podId(pod), pod);
    this.ready.set(podId(pod), ready);
  }

  /** @param ready undefined: its probes have not answered. */
  setReady(name: string, ready: boolean | undefined): void {
    this.ready.set(`default/${name}`, ready);
    this.notify();
  }

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  snapshot(): PodSnapshot {
    return { synced: this.synced, pods: this.synced ? this.pods : new Map(), problems: this.problems };
  }

  readiness(pod: PodRef): Readiness | undefined {
    if (!this.pods.has(podId(pod))) return undefined;
    const ready = this.ready.get(podId(pod));
    if (ready === true) return { ready };
    return { ready: false, reason: ready === false ? 'notReady' : 'probePending', message: 'told so' };
  }

  async lookup(pod: PodRef): Promise<Pod | undefined> {
    return this.pods.get(podId(pod));
  }

  setWired(pods: readonly WiredPod[]): void {
    this.wired = pods;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {
    this.stopped = true;
  }
}

/** BIRD as the engine sees it: it takes sets of announcements, or does not. */
export class ToldPublisher implements Publisher {
  /** Every set given, as sorted addresses. */
  readonly given: string[][] = [];
  /** The edition of each set given. */
  readonly editions: (number | undefined)[] = [];
  /** The set in force. */
  accepted: string[] = [];
  /** Undefined: BIRD accepts. */
  refusal: Exclude<PublishResult, { ok: true }> | undefined;
  /** Called with each set before it is answered; what it waits for, BIRD waits for. */
  meanwhile: (set: string[]) => Promise<void> | void = () => {};
  forgotten = 0;
  lastPublish: Publisher['lastPublish'];
  readonly keptForeignConfig = undefined;
  keptEdits: readonly string[] = [];
  change: Publisher['change'];
  permitted: Permission | undefined;
  closed = false;
  /** To be called by a test whose trial ends. */
  endTrial = (): void => {};

  async publish({ announcements, edition }: PublishFiles): Promise<PublishResult> {
    this.editions.push(edition);
    const set = [...announcements.matchAll(/route (\S+)\/\d+ via/g)].map(([, address = '']) => address);
    this.given.push(set);
    await this.meanwhile(set);
    if (this.refusal !== undefined) return this.refusal;
    const changed = set.join() !== this.accepted.join();
    this.accepted = set;
    return { ok: true, changed };
  }

  forget(): void {
    this.forgotten += 1;
  }

  permit(permission: Permission): boolean {
    if (this.change === undefined) return false;
    this.permitted = permission;
    return true;
  }

  onTrialEnd(listener: () => void): void {
    this.endTrial = listener;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** BIRD's control socket with nobody on it but for what a test puts there. */
export function silentControl(answers: Partial<BirdControl> = {}): BirdControl {
  const refuse = async (): Promise<never> => {
    throw new Error('nobody was to ask BIRD that');
  };
  return {
    ...{ version: '2.0.12', connected: true, configureCheck: refuse, configure: refuse, configureStatus: refuse },
    ...{ confirm: refuse, undo: refuse, showRoutes: refuse, countRoutes: refuse, connect: refuse },
    showProtocols: async () => [],
    showStatus: async () => ({
      ...{ version: '2.0.12', routerId: undefined, currentTime: undefined, lastReboot: undefined },
      ...{ lastReconfiguration: undefined, state: 'running' },
    }),
    onConnection: () => () => {},
    close: () => {},
    ...answers,
  };
}

/** A session as BIRD tells of it. */
export function bgpPeer(name: string, state: string): ProtocolStatus {
  return {
    ...{ name, type: 'BGP', table: undefined, since: '', channels: [] },
    ...{ state: state === 'Established' ? 'up' : 'start', info: state, bgp: undefined },
  };
}
