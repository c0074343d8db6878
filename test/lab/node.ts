import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type CniRequest, type CniResult, cniAnswer, DIST, runPlugin } from './cni.ts';
import { askFlockctl, asksDaemonOnly } from './flockctl.ts';
import { eventually, type Lab, type LabBird, type LabProcess, type Namespace } from './lab.ts';
import { cniArgs, type PodSpec, podManifest } from './pod-manifest.ts';

export type { CniFailure, CniRequest, CniResult } from './cni.ts';
export { Router } from './router.ts';

/** A pod that a node runs. */
export interface LabPod {
  spec: PodSpec;
  request: CniRequest;
  /** Its sandbox. */
  namespace: Namespace;
  result: CniResult;
  /** Its addresses without prefix length; undefined for a family it does not have. */
  ip4: string | undefined;
  ip6: string | undefined;
}

/** What BIRD has before flockd renders anything: a file without our header, as a distribution installs it. */
const PACKAGED_BIRD_CONF = 'log stderr all;\nrouter id 192.0.2.254;\nprotocol device {}\n';

/** How much is added to Node's own start; a daemon that takes longer is broken. */
const DAEMON_START_MS = 15_000;
/** How long the end may take, as for systemd (`TimeoutStopSec` of flockd.service). */
const DAEMON_STOP_MS = 15_000;

/** A node of a lab: its namespace, a real BIRD and a real flockd with files of their own, and the CNI plugin. */
export class FlockNode {
  readonly namespace: Namespace;
  /** The folder of all its files. */
  readonly dir: string;
  /** The configuration, as `flock.yaml` has it; change it with {@link configure}. */
  config: Record<string, unknown>;
  #daemon: LabProcess | undefined;
  #bird: LabBird | undefined;
  #staged = 0;
  readonly #lab: Lab;

  private constructor(lab: Lab, namespace: Namespace, dir: string, config: Record<string, unknown>) {
    this.#lab = lab;
    this.namespace = namespace;
    this.dir = dir;
    this.config = config;
  }

  /**
   * Prepares a node in a namespace that has its links already; nothing runs yet.
   * @param config the file's keys; the paths of this node are filled in, and win over the defaults only
   */
  static async create(lab: Lab, namespace: Namespace, config: Record<string, unknown>): Promise<FlockNode> {
    const dir = join(lab.dir, namespace.label);
    const at = (...parts: string[]): string => join(dir, ...parts);
    for (const folder of ['pods.d', 'staged', 'state', 'bird', 'templates'])
      await mkdir(at(folder), { recursive: true });
    const node = new FlockNode(lab, namespace, dir, {
      node: namespace.label,
      bird: { socket: at('bird', 'bird.ctl'), config: at('bird', 'bird.conf'), templates: at('templates') },
      pods: { source: 'directory', directory: at('pods.d') },
      state: at('state', 'allocations.json'),
      socket: at('flock.sock'),
      ...config,
    });
    await node.configure({});
    return node;
  }

  /** Path of a file of this node. */
  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Replaces keys of the configuration file, by rename. A running daemon takes it up by itself. */
  async configure(keys: Record<string, unknown>): Promise<void> {
    this.config = { ...this.config, ...keys };
    await this.#place('flock.yaml', stringify(this.config));
  }

  /** BIRD of this node; fails before {@link startBird}. */
  get bird(): LabBird {
    if (this.#bird === undefined) throw new Error(`${this.namespace.label}: no BIRD was started`);
    return this.#bird;
  }

  /** Starts BIRD on a packaged configuration that knows nothing of flockd. */
  async startBird(config: string = PACKAGED_BIRD_CONF): Promise<void> {
    const paths = { configPath: this.path('bird', 'bird.conf'), socket: this.path('bird', 'bird.ctl') };
    this.#bird = await this.#lab.bird(this.namespace, config, paths);
  }

  /**
   * Starts flockd and waits until its socket answers STATUS: it takes requests.
   * @param wrapper a command that runs the one behind it
   */
  async startDaemon(env: Record<string, string> = {}, wrapper: readonly string[] = []): Promise<void> {
    const command = [...wrapper, join(DIST, 'flockd.js'), '--config', this.path('flock.yaml')];
    const daemon = this.#lab.spawn(this.namespace, command, { env });
    this.#daemon = daemon;
    const waiting = eventually(
      async () => {
        if (!daemon.running()) return 'ended';
        cniAnswer('STATUS', await this.plugin('STATUS'));
        return 'ready';
      },
      `flockd of ${this.namespace.label} answers`,
      DAEMON_START_MS,
    );
    const state = await waiting.catch((error: unknown) => {
      throw new Error(`flockd of ${this.namespace.label} does not start:\n${daemon.stderr()}`, { cause: error });
    });
    if (state === 'ended') throw new Error(`flockd of ${this.namespace.label} ended:\n${daemon.stderr()}`);
  }

  /** The running daemon; fails before {@link startDaemon}. */
  get daemon(): LabProcess {
    if (this.#daemon === undefined) throw new Error(`${this.namespace.label}: no flockd was started`);
    return this.#daemon;
  }

  /** Ends the daemon, with SIGTERM as systemd does or with SIGKILL as a crash, and waits for the end. */
  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    return this.daemon.stop(signal, DAEMON_STOP_MS);
  }

  /** The network configuration that the node's runtime would have. */
  netconf(cniVersion = '1.1.0'): Record<string, unknown> {
    return { cniVersion, name: 'flock', type: 'flock', socket: this.config.socket };
  }

  /** Runs `dist/flock` with a verb; see {@link cniAnswer} for its answer. */
  plugin(verb: string, request?: CniRequest, netconf: object = this.netconf()): ReturnType<typeof runPlugin> {
    return runPlugin(this.namespace, join(DIST, 'flock'), verb, netconf, request);
  }

  /**
   * CNI ADD; a manifest is put in place first.
   * @throws CniFailure with the plugin's error
   */
  async add(request: CniRequest & { podManifest?: object }, netconf?: object): Promise<CniResult> {
    if (request.podManifest !== undefined) await this.writePod(request.podManifest);
    return cniAnswer('ADD', await this.plugin('ADD', request, netconf)) as CniResult;
  }

  /** CNI DEL. */
  async del(request: CniRequest, netconf?: object): Promise<void> {
    cniAnswer('DEL', await this.plugin('DEL', request, netconf));
  }

  /** CNI CHECK against the result of an ADD. */
  async check(request: CniRequest, prevResult: CniResult): Promise<void> {
    cniAnswer('CHECK', await this.plugin('CHECK', request, { ...this.netconf(prevResult.cniVersion), prevResult }));
  }

  /** Makes a sandbox as a runtime does (its loopback is down), puts the manifest in place and adds the pod. */
  async runPod(spec: PodSpec): Promise<LabPod> {
    const namespace = await this.#lab.namespace(`${this.namespace.label}-${spec.name}`, { loopback: 'down' });
    const containerId = `${namespace.name}-${spec.namespace ?? 'default'}`;
    const request: CniRequest = { containerId, netns: namespace.path, args: cniArgs(spec) };
    const result = await this.add({ ...request, podManifest: podManifest(spec) });
    const addresses = result.ips.map((ip) => ip.address.split('/')[0]);
    const ip4 = addresses.find((address) => address?.includes('.'));
    return { spec, request, namespace, result, ip4, ip6: addresses.find((address) => address?.includes(':')) };
  }

  /** DEL, then the sandbox and the manifest go, in a runtime's order. */
  async endPod(pod: LabPod): Promise<void> {
    await this.del(pod.request);
    this.#lab.deleteNamespace(pod.namespace);
    await this.removePod(pod.spec);
  }

  /** Puts a pod manifest in place, by rename, so that no reader sees half of it. */
  async writePod(manifest: object): Promise<void> {
    const { metadata } = manifest as { metadata: { namespace?: string; name: string } };
    await this.#place(join('pods.d', podFile(metadata)), stringify(manifest));
  }

  /** Removes a pod's manifest. */
  async removePod(pod: { namespace?: string; name: string }): Promise<void> {
    await rm(this.path('pods.d', podFile(pod)));
  }

  /** Runs flockctl against this node's daemon and returns its standard output. */
  async flockctl(args: readonly string[], options: { allowFailure?: boolean } = {}): Promise<string> {
    const [verb = '', ...rest] = args;
    const command = [join(DIST, 'flockctl.js'), verb, '--socket', this.path('flock.sock'), ...rest];
    return (await this.namespace.exec(command, options)).stdout;
  }

  /** `flockctl VERB --json`, parsed. A verb that only asks the daemon runs in this process. */
  async flockctlJson(verb: string, ...args: string[]): Promise<unknown> {
    const words = [verb, '--json', ...args];
    if (!asksDaemonOnly(verb)) return JSON.parse(await this.flockctl(words));
    return JSON.parse(await askFlockctl([...words, '--socket', this.path('flock.sock')]));
  }

  /** One command to this node's BIRD. */
  birdc(command: string): Promise<string> {
    return this.bird.birdc(command);
  }

  async #place(name: string, text: string): Promise<void> {
    const staged = this.path('staged', String(this.#staged++));
    await writeFile(staged, text);
    await rename(staged, this.path(name));
  }
}

function podFile(pod: { namespace?: string; name: string }): string {
  return `${pod.namespace ?? 'default'}-${pod.name}.yaml`;
}
