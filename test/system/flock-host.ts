import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type CniRequest, type CniResult, cniAnswer, cniEnvironment, DIST } from '../lab/cni.ts';
import { CLAIMABLE, nodePlan, ROUTER_ASN } from '../lab/fabric.ts';
import { askFlockctl } from '../lab/flockctl.ts';
import { eventually, Lab, type Namespace } from '../lab/lab.ts';
import { cniArgs, type PodSpec, podManifest } from '../lab/pod-manifest.ts';
import { Router } from '../lab/router.ts';
import { debianTree } from './debian-tree.ts';
import { Machine } from './machine.ts';

const ROOT = join(DIST, '..');
/** Where the unit file expects the package. */
const PACKAGE = '/opt/flockd';
const PLUGINS = '/opt/cni/bin';
export const UNIT_FILE = '/etc/systemd/system/flockd.service';

/**
 * The package as it is installed: nothing but this may be needed of the repository.
 * @param dist a copy of `dist/`, since a build puts another folder in its place
 */
function binds(dist: string): { from: string; to: string }[] {
  const fromRoot = ['node_modules', 'templates', 'package.json'].map((name) => ({
    from: join(ROOT, name),
    to: `${PACKAGE}/${name}`,
  }));
  return [
    ...fromRoot,
    { from: dist, to: `${PACKAGE}/dist` },
    { from: join(dist, 'flock'), to: `${PLUGINS}/flock` },
    { from: join(ROOT, 'systemd', 'flockd.service'), to: UNIT_FILE },
  ];
}

/** Addresses of the node and its router. */
const PLAN = nodePlan(1);

/** A configuration that has the default for every path. */
export const CONFIG = {
  node: 'node1',
  pools: PLAN.pools,
  advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] },
  bgp: {
    asn: PLAN.asn,
    peers: [{ name: 'tor', address: PLAN.routerAddress, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] }],
  },
};

/** What a pod claims, by annotation. */
export const ANYCAST4 = '192.0.2.53';
export const ANYCAST6 = '2001:db8:ffff::53';
export const CLAIMS = { anycast: `${ANYCAST4}, ${ANYCAST6}` };

/** What of `systemctl show` tests look at. */
export interface UnitState {
  ActiveState: string;
  SubState: string;
  Result: string;
  MainPID: string;
  NRestarts: string;
  ExecMainStatus: string;
}

/** A pod of the machine: a process of root's in a network namespace of its own. */
export interface HostPod {
  spec: PodSpec;
  request: CniRequest;
  result: CniResult;
  ip4: string;
  ip6: string;
}

/** A Debian with its own BIRD and flockd installed as the README says, and the router that it peers with. */
export class FlockHost implements AsyncDisposable {
  readonly lab: Lab;
  readonly namespace: Namespace;
  readonly machine: Machine;
  readonly router: Router;

  private constructor(lab: Lab, namespace: Namespace, machine: Machine, router: Router) {
    this.lab = lab;
    this.namespace = namespace;
    this.machine = machine;
    this.router = router;
  }

  /** Boots it. BIRD runs as the distribution has it; flockd does not run yet. */
  static async boot(purpose: string): Promise<FlockHost> {
    const tree = await debianTree();
    const lab = await Lab.create(purpose);
    try {
      const outside = await lab.namespace('router');
      const namespace = await lab.namespace('node1');
      await lab.connect(outside, 'to-node1', namespace, 'uplink0', { a: PLAN.link.router, b: PLAN.link.node });
      const neighbours = [{ name: 'node1', address: PLAN.nodeAddress, asn: PLAN.asn }];
      const router = await Router.start(lab, outside, { asn: ROUTER_ASN, routerId: '10.0.0.254', neighbours });
      const dist = join(lab.dir, 'dist');
      await cp(DIST, dist, { recursive: true });
      const machine = await Machine.boot(lab, namespace, tree, { binds: binds(dist) });
      const host = new FlockHost(lab, namespace, machine, router);
      await host.configure(CONFIG);
      return host;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Writes `/etc/flock/flock.yaml`. */
  configure(config: object): Promise<void> {
    return this.machine.write('/etc/flock/flock.yaml', stringify(config));
  }

  /** Starts the service as an operator does: the command returns when systemd says that it is ready. */
  async start(): Promise<void> {
    await this.machine.exec(['systemctl', 'start', 'flockd'], { timeoutMs: 30_000 }).catch(async (error: unknown) => {
      throw new Error(`flockd does not start:\n${await this.journal()}`, { cause: error });
    });
  }

  /** The service as systemd sees it. */
  async unit(): Promise<UnitState> {
    const names = 'ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus';
    const shown = await this.machine.sh(`systemctl show flockd --property=${names}`);
    return Object.fromEntries(shown.split('\n').map((line) => line.split('='))) as UnitState;
  }

  /** What flockd and systemd wrote of the service. */
  journal(): Promise<string> {
    return this.machine.sh('journalctl --unit=flockd --output=cat --no-pager');
  }

  /** `flockctl VERB --json`, parsed, as an operator runs it. */
  async flockctl(verb: string): Promise<unknown> {
    return JSON.parse(await this.machine.sh(`${PACKAGE}/dist/flockctl.js ${verb} --json`));
  }

  /** The same without a process in the machine, for a test that asks until something is so. */
  async ask(verb: string): Promise<unknown> {
    return JSON.parse(await askFlockctl([verb, '--json', '--socket', this.machine.outside('/run/flock/flock.sock')]));
  }

  birdc(command: string): Promise<string> {
    return this.machine.sh(`birdc ${command}`);
  }

  /** Starts a process in a new network namespace, as root and with all capabilities, and returns its namespace's path. */
  async sandbox(name: string): Promise<string> {
    await this.machine.sh(`systemd-run --quiet --unit=pod-${name} -p Type=exec unshare --net sleep infinity`);
    const pid = await this.machine.sh(`systemctl show pod-${name} --property=MainPID --value`);
    // `unshare` becomes `sleep` when it has left the namespace of the host.
    await eventually(
      async () => (await this.machine.sh(`cat /proc/${pid}/comm`)) === 'sleep',
      `${name} is in its namespace`,
    );
    return `/proc/${pid}/ns/net`;
  }

  /** CNI ADD by the installed plugin with the network configuration of `examples/`, the manifest put in place before. */
  async addPod(spec: PodSpec, netns?: string): Promise<HostPod> {
    await this.machine.write(`/etc/flock/pods.d/${spec.name}.yaml`, stringify(podManifest(spec)));
    const path = netns ?? (await this.sandbox(spec.name));
    const request: CniRequest = { containerId: `container-${spec.name}`, netns: path, args: cniArgs(spec) };
    const result = (await this.plugin('ADD', request)) as CniResult;
    const [ip4 = '', ip6 = ''] = ['.', ':'].map((mark) =>
      result.ips.flatMap(({ address }) => (address.includes(mark) ? [address.split('/')[0]] : [])).at(0),
    );
    return { spec, request, result, ip4, ip6 };
  }

  /** @throws CniFailure with the plugin's error. */
  async plugin(verb: string, request: CniRequest): Promise<unknown> {
    const variables = Object.entries(cniEnvironment(verb, request, PLUGINS)).map(([key, value]) => `${key}=${value}`);
    const options = { stdin: JSON.stringify(netconf()), allowFailure: true, timeoutMs: 30_000 };
    return cniAnswer(verb, await this.machine.exec(['env', ...variables, `${PLUGINS}/flock`], options));
  }

  /** Waits until the router's kernel sends an address to this node. */
  async announced(address: string): Promise<void> {
    await eventually(
      async () => (await this.router.nextHops(address)).length === 1,
      `the router has ${address}`,
      20_000,
    );
  }

  /** Waits until flockd is connected to BIRD and sees no problem, and the routes of the router have arrived. */
  async healthy(): Promise<void> {
    await eventually(async () => {
      const { bird, problems } = (await this.ask('status')) as {
        bird: { connected: boolean };
        problems: object[];
      };
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      return bird.connected;
    }, 'flockd is connected to BIRD and sees no problem');
    await eventually(async () => {
      const families = ['-4', '-6'].map((family) => this.namespace.exec(['ip', family, 'route', 'show', 'default']));
      return (await Promise.all(families)).every(({ stdout }) => stdout !== '');
    }, "the router's default routes are in the kernel");
  }

  /** Sends packets from the router to an address. */
  async ping(address: string): Promise<void> {
    await this.router.namespace.exec(['ping', '-n', '-c', '2', '-i', '0.2', '-W', '2', address]);
  }

  /** Links, addresses, routes and next hops of the host, and what BIRD and the router have. */
  async network(): Promise<string[]> {
    const host =
      'ip -o link; ip -o address; ip -4 route show table all; ip -6 route show table all; ip nexthop; ip neigh show nud permanent';
    const { stdout } = await this.namespace.exec(['sh', '-euc', host]);
    const router = (await this.router.kernelRoutes()).map((route) => JSON.stringify(route)).sort();
    return [...stdout.split('\n'), ...router, ...(await this.birdc('show route all')).split('\n')];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.machine[Symbol.asyncDispose]();
    } finally {
      await this.lab[Symbol.asyncDispose]();
    }
  }
}

/** The plugin's configuration out of `examples/01-flock.conflist`, as libcni makes it. */
function netconf(): object {
  const list = JSON.parse(readFileSync(join(ROOT, 'examples', '01-flock.conflist'), 'utf8')) as {
    cniVersion: string;
    name: string;
    plugins: [object];
  };
  return { cniVersion: list.cniVersion, name: list.name, ...list.plugins[0] };
}
