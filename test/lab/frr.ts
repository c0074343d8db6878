import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';
import type { Namespace } from './namespace.ts';
import { type LabProcess, run } from './process.ts';

/** Where Debian's package frr keeps the daemons. */
const DAEMONS = '/usr/lib/frr';

/** The daemons of a router here, in the order in which they start: zebra, the kernel's side, is there first. */
const NAMES = ['zebra', 'bfdd', 'bgpd'] as const;

/** Whether FRR is installed. Tests that need it are skipped, by name, without it. */
export const hasFrr: boolean = NAMES.every((name) => existsSync(join(DAEMONS, name)));

/**
 * Runs a daemon with its folder in the place of /var/tmp, in the mount namespace that `ip netns exec` makes (its mounts do
 * not leave it). FRR's daemons drop root for the user frr, who may not enter the lab's own folder; and they keep a folder
 * for crash logs in /var/tmp/frr, whatever the options say.
 */
const IN_FOLDER = 'mount --bind "$1" /var/tmp && shift && exec "$@"';
const INSIDE = '/var/tmp';

/** FRR as a router: zebra, bgpd and bfdd in a namespace of a lab, with all their files in the lab's folder. */
export class Frr {
  readonly namespace: Namespace;
  readonly #lab: Lab;
  readonly #dir: string;
  readonly #daemons = new Map<string, LabProcess>();

  private constructor(lab: Lab, namespace: Namespace) {
    this.#lab = lab;
    this.namespace = namespace;
    this.#dir = join(lab.dir, `frr-${namespace.label}`);
  }

  /**
   * Starts the router in a namespace that has its links already, and returns when every daemon answers.
   * @param bgpd bgpd's configuration, in FRR's own words
   * @param bfdd the same of bfdd
   */
  static async start(lab: Lab, namespace: Namespace, bgpd: string, bfdd = ''): Promise<Frr> {
    const frr = new Frr(lab, namespace);
    await mkdir(frr.#dir);
    const texts = { zebra: '', bfdd, bgpd, vtysh: '' };
    for (const [name, text] of Object.entries(texts))
      await writeFile(join(frr.#dir, `${name}.conf`), text, { mode: 0o640 });
    await run(['chown', '-R', 'frr:frr', frr.#dir]);
    await namespace.exec(['sh', '-c', FORWARDING]);
    await frr.startDaemons();
    return frr;
  }

  /** Starts the daemons that do not run. */
  async startDaemons(): Promise<void> {
    for (const name of NAMES) if (this.#daemons.get(name)?.running() !== true) await this.#startDaemon(name);
  }

  /** Ends one daemon and waits for the end; SIGKILL is a crash. */
  async stopDaemon(name: (typeof NAMES)[number], signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.daemon(name).stop(signal);
    // What a crash leaves would be taken for a daemon that answers.
    await rm(join(this.#dir, `${name}.vty`), { force: true });
  }

  /** A running daemon. */
  daemon(name: (typeof NAMES)[number]): LabProcess {
    const daemon = this.#daemons.get(name);
    if (daemon === undefined) throw new Error(`${this.namespace.label}: ${name} was not started`);
    return daemon;
  }

  /** Runs commands of FRR's shell, one after the other, and returns what they print. @throws Error when one is refused. */
  async vtysh(...commands: string[]): Promise<string> {
    return this.#vtysh(commands.flatMap((command) => ['-c', command]));
  }

  /** Changes the configuration of bgpd while it runs. */
  async configureBgp(asn: number, ...lines: string[]): Promise<void> {
    await this.vtysh('configure terminal', `router bgp ${asn}`, ...lines);
  }

  /** The same for a command that prints JSON. */
  async json(command: string): Promise<unknown> {
    const text = await this.vtysh(command);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Error(`vtysh: ${command}: no JSON: ${text}`, { cause });
    }
  }

  async #startDaemon(name: (typeof NAMES)[number]): Promise<void> {
    const at = (file: string): string => join(INSIDE, file);
    const daemon = this.#lab.spawn(this.namespace, [
      ...['sh', '-c', IN_FOLDER, 'sh', this.#dir],
      ...[join(DAEMONS, name), '--vty_socket', INSIDE, '--vty_port', '0', '--socket', at('zserv.api')],
      ...['--pid_file', at(`${name}.pid`), '--config_file', at(`${name}.conf`), '--log', 'stdout'],
      ...(name === 'bfdd' ? ['--bfdctl', at('bfdd.sock')] : []),
    ]);
    this.#daemons.set(name, daemon);
    const ready = await eventually(
      async () => (daemon.running() ? await this.#greets(name) : 'ended'),
      `${name} of ${this.namespace.label} answers`,
    );
    if (ready === 'ended') await daemon.exited;
    // A line that it does not know is left out, and said to its log only.
    const refused = /.* on config line .*/.exec(daemon.stdout())?.[0];
    if (ready !== 'ended' && refused === undefined) return;
    const why = refused ?? `ended: ${daemon.stdout()}${daemon.stderr()}`;
    throw new Error(`${name} of ${this.namespace.label}: ${why}`);
  }

  async #greets(name: string): Promise<boolean> {
    return (await this.#vtysh(['-d', name, '-c', 'show version'])).startsWith('FRRouting');
  }

  async #vtysh(args: readonly string[]): Promise<string> {
    const folders = ['--vty_socket', this.#dir, '--config_dir', this.#dir];
    const { stdout } = await run(['vtysh', ...folders, ...args]);
    // Some refusals end with exit status 0.
    const refused = /^% .*/m.exec(stdout)?.[0];
    if (refused !== undefined) throw new Error(`vtysh ${args.join(' ')}: ${refused}`);
    return stdout;
  }
}

const FORWARDING = `
  echo 1 > /proc/sys/net/ipv4/ip_forward
  echo 1 > /proc/sys/net/ipv6/conf/all/forwarding`;
