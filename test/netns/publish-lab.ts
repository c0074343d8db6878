import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPublisher, type Publisher } from '../../src/bird/publish/publisher.ts';
import { renderAnnouncements } from '../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import type { RenderedFiles } from '../../src/bird/types.ts';
import { readHostFacts } from '../../src/bird/view/host-facts.ts';
import { BirdClient, pokeAfterConfigure } from '../../src/bird-control/index.ts';
import type { Config } from '../../src/config/types.ts';
import { openKernel } from '../../src/kernel/kernel.ts';
import { silentLogger } from '../fakes/silent-logger.ts';
import { eventually, Lab, type LabBird, type LabProcess, type Namespace, run } from '../lab/lab.ts';
import { config, peer } from '../unit/bird/fixtures.ts';
import { address, prefix } from '../unit/model/fixtures.ts';

/**
 * The router: offers default routes, and, as a misconfigured router would, the node's own subnets and pools and parts of
 * them, and something far away.
 */
const ROUTER = `
log stderr all;
router id 10.0.0.254;
protocol device { scan time 10; }
protocol static offer4 {
	ipv4;
	route 0.0.0.0/0 unreachable;
	route 10.0.0.0/24 unreachable; route 10.0.0.77/32 unreachable;
	route 10.1.1.0/24 unreachable; route 10.1.1.128/25 unreachable;
	route 169.254.1.1/32 unreachable;
	route 203.0.113.0/24 unreachable;
}
protocol static offer6 {
	ipv6;
	route ::/0 unreachable;
	route 2001:db8::/64 unreachable; route 2001:db8::77/128 unreachable;
	route 2001:db8:1:1::/64 unreachable; route 2001:db8:1:1:8000::/65 unreachable;
	route 2001:db8:cafe::/48 unreachable;
}
protocol bgp node1 {
	local 10.0.0.254 as 64600;
	neighbor 10.0.0.1 as 64601;
	connect delay time 1; error wait time 1, 2;
	ipv4 { import all; export where proto = "offer4"; next hop self; };
	ipv6 { import all; export where proto = "offer6"; next hop self; };
}
`;

/** A node and a router, joined, with two pods' devices on the node. BIRD runs on the router; on the node when started. */
export class PublishLab implements AsyncDisposable {
  /** Folder of the node's `bird.conf`. */
  readonly folder: string;
  readonly config: string;
  readonly socket: string;
  readonly templates: string;
  readonly control: BirdClient;
  readonly lab: Lab;
  readonly node: Namespace;
  readonly routerBird: LabBird;
  #nodeBird: LabProcess | undefined;

  private constructor(lab: Lab, node: Namespace, routerBird: LabBird) {
    this.lab = lab;
    this.node = node;
    this.routerBird = routerBird;
    this.folder = join(lab.dir, 'etc-bird');
    this.config = join(this.folder, 'bird.conf');
    this.socket = join(lab.dir, 'run-bird', 'bird.ctl');
    this.templates = join(lab.dir, 'templates');
    this.control = new BirdClient({ socket: this.socket });
  }

  static async create(purpose: string): Promise<PublishLab> {
    const lab = await Lab.create(purpose);
    try {
      const [node, router] = [await lab.namespace('node'), await lab.namespace('router')];
      const addresses = { a: ['10.0.0.1/24', '2001:db8::1/64'], b: ['10.0.0.254/24', '2001:db8::fe/64'] };
      await lab.connect(node, 'eth0', router, 'eth0', addresses);
      return new PublishLab(lab, node, await lab.bird(router, ROUTER)).#prepare();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Folders as Debian's package makes them: `/etc/bird` is 0750 and belongs to BIRD's user. */
  async #prepare(): Promise<this> {
    chmodSync(this.lab.dir, 0o755);
    const ids = await run(['sh', '-c', 'id -u bird; id -g bird']);
    const [uid = 0, gid = 0] = ids.stdout.trim().split('\n').map(Number);
    for (const folder of [this.folder, join(this.lab.dir, 'run-bird')]) {
      mkdirSync(folder, { mode: 0o750 });
      chownSync(folder, uid, gid);
    }
    mkdirSync(this.templates);
    return this;
  }

  /** A pod's device on the node. */
  async pod(device: string): Promise<Namespace> {
    const pod = await this.lab.namespace(device);
    await this.lab.connect(this.node, device, pod, 'eth0');
    return pod;
  }

  /** Starts BIRD on the node as Debian's unit does, and waits until it answers. `file` is what it is told to read. */
  async startBird(file = this.config): Promise<void> {
    const argv = ['bird', '-f', '-u', 'bird', '-g', 'bird', '-c', file, '-s', this.socket];
    this.#nodeBird = this.lab.spawn(this.node, argv, { name: 'bird-node' });
    await eventually(() => this.control.connect().then(() => true), "the node's BIRD greets");
  }

  async stopBird(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#nodeBird?.stop(signal);
  }

  get birdPid(): number {
    return this.#nodeBird?.pid ?? 0;
  }

  birdc = async (command: string): Promise<string> =>
    (await run(['birdc', '-s', this.socket, ...command.split(' ')])).stdout;

  publisher(): Publisher {
    return createPublisher({
      config: this.config,
      control: this.control,
      now: () => new Date(),
      log: silentLogger,
      poke: () => pokeAfterConfigure(this.control),
    });
  }

  /** Configuration of the node: one session with both families. */
  flock(rest: Partial<Config['bgp']['peers'][number]> = {}): Config {
    const tor = peer('tor1', '10.0.0.254', { families: [4, 6], ...rest });
    const pools = { ip4: prefix('10.1.1.0/24'), ip6: prefix('2001:db8:1:1::/64') };
    return config({ peers: [tor] }, { pools });
  }

  /** The files for a configuration on this host, with the addresses announced over devices. */
  async files(from: Config, announced: Readonly<Record<string, readonly string[]>> = {}): Promise<RenderedFiles> {
    const kernel = openKernel({ hostNamespace: this.node.path });
    try {
      const facts = await readHostFacts(kernel, from);
      const set = Object.entries(announced).map(([text, devices]) => ({
        address: address(text),
        nextHops: devices.map((device) => ({ via: address('10.1.1.2'), interface: device })),
      }));
      const renderer = createConfigRenderer(existsSync(this.templates) ? this.templates : undefined);
      return { config: renderer.render({ config: from, facts }), announcements: renderAnnouncements(set) };
    } finally {
      kernel.close();
    }
  }

  /** Puts a template into the operator's folder. */
  overlay(name: string, text: string): void {
    mkdirSync(join(this.templates, 'partials'), { recursive: true });
    writeFileSync(join(this.templates, name), text);
  }

  /** What the router has from the node: by network, next hops as the BGP attribute says. */
  async routerHas(): Promise<Record<string, string>> {
    const text = await this.routerBird.birdc('show route protocol node1 all');
    const routes: Record<string, string> = {};
    let network = '';
    for (const line of text.split('\n')) {
      network = /^([0-9a-f][0-9a-f.:]*\/\d+) /.exec(line)?.[1] ?? network;
      const hop = /(?:BGP\.|bgp_)next_hop: (.*)$/.exec(line)?.[1];
      if (hop !== undefined) routes[network] = hop;
    }
    return routes;
  }

  /** Waits until the router has exactly these addresses from the node, beside the summaries. */
  async routerGets(...networks: string[]): Promise<void> {
    const wanted = ['10.1.1.0/24', '2001:db8:1:1::/64', ...networks].sort().join(' ');
    await eventually(async () => {
      const has = Object.keys(await this.routerHas())
        .sort()
        .join(' ');
      return has === wanted ? true : Promise.reject(new Error(`the router has ${has}`));
    }, `the router has ${wanted}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.control.close();
    await this.lab[Symbol.asyncDispose]();
  }
}
