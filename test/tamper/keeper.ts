import { eventually, type Lab, type LabProcess, type Namespace } from '../lab/lab.ts';

/** Size of each small file system: flockd's and BIRD's files take a few pages of it. */
const SIZE = 'size=512k,nr_inodes=64';

/**
 * A mount namespace of its own, in which BIRD and flockd run: so a player can mount over their folders, and fill a small
 * file system, and all of it goes with the last process in there. A sandbox that is made later is seen in it too.
 */
export class Keeper {
  readonly #process: LabProcess;
  readonly #dir: string;

  private constructor(process: LabProcess, dir: string) {
    this.#process = process;
    this.#dir = dir;
  }

  /** Starts it with a small file system on each of the folders. @param dir where lines are typed */
  static async start(lab: Lab, dir: string, folders: readonly string[]): Promise<Keeper> {
    const mounts = folders.map((folder) => `mount -t tmpfs -o ${SIZE} tampered "${dir}/${folder}"`);
    const line = `set -e; ${mounts.join('; ')}; echo mounted; exec sleep infinity`;
    const process = lab.spawn(undefined, ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', line]);
    await eventually(() => process.stdout() === 'mounted\n', `the folders are mounted: ${process.stderr()}`);
    return new Keeper(process, dir);
  }

  /** The command line that runs another one in here. The process id stays. */
  inside(argv: readonly string[]): string[] {
    return ['nsenter', `--mount=/proc/${this.#process.pid}/ns/mnt`, '--', ...argv];
  }

  /** The command line of a shell with a line to do, in here. */
  shell(line: string): string[] {
    return this.inside(['sh', '-c', `cd "$1" && ${line}`, 'sh', this.#dir]);
  }

  /** Types a line in a network namespace. @returns what it said against it; empty when it went well */
  async type(namespace: Namespace, line: string): Promise<string> {
    const { code, stderr } = await namespace.exec(this.shell(line), { allowFailure: true });
    return code === 0 ? '' : `exit status ${code}: ${stderr.trim()}`;
  }
}
