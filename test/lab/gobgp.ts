import { accessSync, constants } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';
import type { Namespace } from './namespace.ts';
import { type LabProcess, run } from './process.ts';

/** Where Debian's package gobgpd puts its two programs. */
const PROGRAMS = ['/usr/bin/gobgpd', '/usr/bin/gobgp'];

/** Whether GoBGP is installed. Tests that need it are skipped, by name, without it. */
export const hasGobgp: boolean = PROGRAMS.every((path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** GoBGP as a router: gobgpd in a namespace of a lab, with all its files in the lab's folder. It has no kernel side. */
export class Gobgp {
  readonly namespace: Namespace;
  readonly #lab: Lab;
  readonly #dir: string;
  #daemon: LabProcess | undefined;

  private constructor(lab: Lab, namespace: Namespace) {
    this.#lab = lab;
    this.namespace = namespace;
    this.#dir = join(lab.dir, `gobgp-${namespace.label}`);
  }

  /**
   * Starts the router in a namespace that has its links already, and returns when it answers.
   * @param config gobgpd's configuration (TOML)
   */
  static async start(lab: Lab, namespace: Namespace, config: string): Promise<Gobgp> {
    const gobgp = new Gobgp(lab, namespace);
    await mkdir(gobgp.#dir);
    await writeFile(join(gobgp.#dir, 'gobgpd.toml'), config);
    await gobgp.startDaemon();
    return gobgp;
  }

  /** Starts gobgpd, with nothing but its configuration: what was added by command is gone. */
  async startDaemon(): Promise<void> {
    const daemon = this.#lab.spawn(this.namespace, [
      ...['gobgpd', '-f', join(this.#dir, 'gobgpd.toml'), '--log-plain'],
      ...['--api-hosts', this.#api, '--pprof-disable'],
    ]);
    this.#daemon = daemon;
    const ready = await eventually(
      async () => (daemon.running() ? (await this.gobgp('global')).includes('AS:') : 'ended'),
      `gobgpd of ${this.namespace.label} answers`,
    );
    if (ready !== 'ended') return;
    await daemon.exited;
    throw new Error(`gobgpd of ${this.namespace.label} ended: ${daemon.stdout()}${daemon.stderr()}`);
  }

  /** Ends gobgpd and waits for the end; SIGKILL is a crash. */
  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.daemon.stop(signal);
    await rm(join(this.#dir, 'api'), { force: true });
  }

  /** The running daemon. */
  get daemon(): LabProcess {
    if (this.#daemon === undefined) throw new Error(`${this.namespace.label}: gobgpd was not started`);
    return this.#daemon;
  }

  /** Runs one command of GoBGP's client, such as `neighbor`, and returns what it prints. */
  async gobgp(...command: string[]): Promise<string> {
    return (await run(['gobgp', '--target', this.#api, ...command])).stdout;
  }

  /** The same for a command that prints JSON. */
  async json(...command: string[]): Promise<unknown> {
    const text = await this.gobgp(...command, '--json');
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Error(`gobgp ${command.join(' ')}: no JSON: ${text}`, { cause });
    }
  }

  /** The address of its API, a unix socket: a TCP port would be shared by all. */
  get #api(): string {
    return `unix://${join(this.#dir, 'api')}`;
  }
}
