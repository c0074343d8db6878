import { readFileSync, writeFileSync } from 'node:fs';
import { openAllocationStore } from '../../../src/allocation/store.ts';
import type { Allocation } from '../../../src/allocation/types.ts';
import type { Publisher } from '../../../src/bird/publish.ts';
import type { PublishFiles, PublishResult } from '../../../src/bird/types.ts';
import type { BirdControl } from '../../../src/bird-control/types.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/types.ts';
import type { EnginePorts } from '../../../src/engine/context.ts';
import { createEngine, type Engine, type EngineTimes } from '../../../src/engine/engine.ts';
import type { Logger } from '../../../src/log.ts';
import { type Address, parseAddress } from '../../../src/model/address.ts';
import { type PodRef, podId } from '../../../src/model/attachment.ts';
import type { Pod, PodSnapshot, PodSource, Readiness, WiredPod } from '../../../src/pods/types.ts';
import { FakeKernel } from '../../fakes/kernel.ts';
import { addLink, bringUp } from '../../fakes/kernel-tables.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';

/** So long that no test meets them by chance. */
const CALM: EngineTimes = { hostRefresh: 1e8, resync: 1e8, readinessPatience: 1e8, addPatience: 1e6 };

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
  /** The set in force. */
  accepted: string[] = [];
  /** Undefined: BIRD accepts. */
  refusal: Exclude<PublishResult, { ok: true }> | undefined;
  /** Called with each set before it is answered; what it waits for, BIRD waits for. */
  meanwhile: (set: string[]) => Promise<void> | void = () => {};
  forgotten = 0;
  lastPublish: Publisher['lastPublish'];
  readonly keptForeignConfig = undefined;

  async publish({ announcements }: PublishFiles): Promise<PublishResult> {
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
}

/** BIRD's control socket with nobody on it but for what a test puts there. */
export function silentControl(answers: Partial<BirdControl> = {}): BirdControl {
  const refuse = async (): Promise<never> => {
    throw new Error('nobody was to ask BIRD that');
  };
  return {
    ...{ version: '2.0.12', connected: true, configureCheck: refuse, configure: refuse, configureStatus: refuse },
    ...{ confirm: refuse, undo: refuse, showStatus: refuse, showRoutes: refuse, countRoutes: refuse, connect: refuse },
    showProtocols: async () => [],
    onConnection: () => () => {},
    close: () => {},
    ...answers,
  };
}

/** An address, or a defect of the test. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** The real engine on a fake kernel, a fake BIRD, a source that is told what to say, and a real file. */
export class EngineWorld implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly kernel = new FakeKernel();
  readonly source = new ToldSource();
  readonly publisher = new ToldPublisher();
  /** Log lines as `level sentence`, with the error's message if any. */
  readonly lines: string[] = [];
  readonly config: Config;
  control = silentControl();
  #running: { readonly engine: Engine; readonly ports: EnginePorts } | undefined;

  constructor(extra: Record<string, unknown> = {}) {
    const uplink = addLink(this.kernel.host.tables, {
      name: 'uplink0',
      kind: undefined,
      mac: '02:00:00:00:00:01',
      mtu: 1500,
    });
    bringUp(this.kernel.host.tables, uplink);
    const text = JSON.stringify({
      node: 'node1',
      pools: { ipv4: '10.1.0.0/16', ipv6: '2001:db8:1:1::/64' },
      advertise: { allow: [{ prefixes: ['192.0.2.0/24', '198.18.0.0/15', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
      bgp: { asn: 64601, routerId: '10.0.0.1' },
      bird: { templates: this.folder.at('templates') },
      state: this.folder.at('allocations.json'),
      ...extra,
    });
    this.config = parseConfig(text, { hostname: 'node1' });
  }

  get engine(): Engine {
    if (this.#running === undefined) throw new Error('the engine was not started');
    return this.#running.engine;
  }

  get ports(): EnginePorts {
    if (this.#running === undefined) throw new Error('the engine was not started');
    return this.#running.ports;
  }

  /** Starts the engine, or another one in its place on the same file and kernel: a daemon that was killed in between. */
  async start(times: Partial<EngineTimes> = {}): Promise<Engine> {
    await this.stop();
    const say = (level: string) => (fields: object, sentence: string) => {
      const { err } = fields as { err?: unknown };
      this.lines.push(`${level} ${sentence}${err instanceof Error ? `: ${err.message}` : ''}`);
    };
    const log: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    const now = () => new Date();
    const { store, setAside } = await openAllocationStore(this.config.state, { node: 'node1', now });
    const { kernel, source, publisher, control } = this;
    let turn = 0n;
    const random = (limit: bigint) => (turn++ * 7919n + 12345n) % limit;
    const ports: EnginePorts = { kernel, store, source, publisher, control, log, now, random };
    const engine = await createEngine(ports, this.config, 'test', { ...CALM, ...times });
    this.#running = { engine, ports };
    await engine.start(setAside);
    return engine;
  }

  /** Waits for a pass that has seen everything of now. */
  async settled(): Promise<void> {
    await this.engine.loop.passed(5_000);
  }

  /** A pod with these claims on its lo, wired by a real ADD. Waits for the pass behind it. */
  async addPod(name: string, anycast: readonly string[] = [], ready: boolean | undefined = true): Promise<Allocation> {
    const allocation = await this.wirePod(name, anycast, ready);
    await this.settled();
    return allocation;
  }

  /** The same without waiting. */
  async wirePod(
    name: string,
    anycast: readonly string[],
    ready: boolean | undefined,
    annotations: Record<string, string> = {},
  ): Promise<Allocation> {
    const claims = anycast.length === 0 ? {} : { anycast: anycast.join() };
    this.source.tell(name, { ...claims, ...annotations }, ready);
    const netns = `/run/netns/${name}`;
    this.kernel.addNamespace(netns);
    return this.engine.add({ ...{ containerId: name, ifname: 'eth0', netns }, pod: { namespace: 'default', name } });
  }

  /** Claimed addresses that the host routes, sorted. */
  routed(): string[] {
    const claims = this.kernel.host.tables.routes.filter(
      (route) => route.protocol === 202 && (route.gateway !== undefined || route.nextHopId !== undefined),
    );
    return claims.map((route) => route.destination.network).sort();
  }

  problem(code: string): string | undefined {
    return this.engine.snapshot().problems.find((problem) => problem.code === code)?.message;
  }

  readState(): string {
    return readFileSync(this.config.state, 'utf8');
  }

  writeState(text: string): void {
    writeFileSync(this.config.state, text);
  }

  /** Ends the engine; everything it has made stays. */
  async stop(): Promise<void> {
    await this.#running?.engine.stop();
    this.#running = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.publisher.meanwhile = () => {};
    this.kernel.host.heal();
    await this.stop();
    this.folder[Symbol.dispose]();
  }
}
