import { readFileSync, writeFileSync } from 'node:fs';
import type { Allocation } from '../../../src/allocation/allocation.ts';
import { openAllocationStore } from '../../../src/allocation/file/store.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/types.ts';
import type { EnginePorts } from '../../../src/engine/context.ts';
import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import type { EngineTimes } from '../../../src/engine/times.ts';
import type { Logger } from '../../../src/log.ts';
import { FakeKernel } from '../../fakes/kernel.ts';
import { addLink, bringUp } from '../../fakes/kernel-tables.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { silentControl, ToldPublisher, ToldSource } from './told.ts';

/** So long that no test meets them by chance. */
const CALM: EngineTimes = {
  hostCheck: 1e8,
  hostRefresh: 1e8,
  routesRefresh: 1e8,
  resync: 1e8,
  podInspection: 1e8,
  readinessTimeout: 1e8,
  addSettleTime: 1e6,
  applyDeadline: 1e4,
};

/** The real engine on a fake kernel, a fake BIRD, a source that is told what to say, and a real file. */
export class EngineWorld implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly kernel = new FakeKernel();
  readonly source = new ToldSource();
  readonly publisher = new ToldPublisher();
  /** Log lines as `level sentence`, with the error's message if any. */
  readonly lines: string[] = [];
  /** What the next start reads. */
  config: Config;
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
    this.config = this.#configOf(extra);
  }

  /** The configuration with these keys in place of the usual ones, for the next start. */
  configure(extra: Record<string, unknown>): void {
    this.config = this.#configOf(extra);
  }

  #configOf(extra: Record<string, unknown>): Config {
    const text = JSON.stringify({
      node: 'node1',
      pools: { ipv4: '10.1.0.0/16', ipv6: '2001:db8:1:1::/64' },
      advertise: { allow: [{ prefixes: ['192.0.2.0/24', '198.18.0.0/15', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
      bgp: { asn: 64601, routerId: '10.0.0.1' },
      bird: { templates: this.folder.at('templates') },
      state: this.folder.at('allocations.json'),
      ...extra,
    });
    return parseConfig(text, { hostname: 'node1' });
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
  async start(times: Partial<EngineTimes> = {}, now: () => Date = () => new Date()): Promise<Engine> {
    await this.stop();
    const say = (level: string) => (fields: object, sentence: string) => {
      const { err } = fields as { err?: unknown };
      this.lines.push(`${level} ${sentence}${err instanceof Error ? `: ${err.message}` : ''}`);
    };
    const log: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
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
