import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, eventually, type Lab, type LabProcess, run } from '../lab/lab.ts';
import type { Namespace } from '../lab/namespace.ts';
import { isOrphanedFolder, killHard } from '../lab/ownership.ts';

/** Whether systemd runs this machine (sd_booted(3)): then it makes the cgroup, else we do. */
const hostHasSystemd = existsSync('/run/systemd/system');

/** Where systemd-nspawn looks for its own cgroup: one hierarchy (v2), or systemd's own two (v1, hybrid). */
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter((folder) =>
  existsSync(join(folder, 'cgroup.procs')),
);

/** Where systemd-nspawn has a folder for each machine, named after it. */
const PROPAGATE = '/run/systemd/nspawn/propagate';

/**
 * The tree is the lower layer, everything written goes to memory, and all of it is mounted where nobody else sees it: it
 * is gone when the machine is. A cgroup of its own, since systemd-nspawn uses one name in the cgroup that it finds itself in.
 */
const START = `
dir=$1 tree=$2 cgroups=$3
shift 3
for cgroup in $cgroups; do
  mkdir "$cgroup"
  echo $$ > "$cgroup/cgroup.procs"
done
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$tree,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/root"
exec systemd-nspawn --directory="$dir/root" "$@"
`;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Measured: about a second. */
const BOOT_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 20_000;

export interface MachineOptions {
  /** Folders and files of this machine that are seen, read-only, in the other. */
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

/** A Debian with systemd as process 1, in a network namespace of a lab: a container that takes itself for a machine. */
export class Machine implements AsyncDisposable {
  readonly #nspawn: LabProcess;
  readonly #leader: number;
  readonly #cgroups: readonly string[];

  private constructor(nspawn: LabProcess, leader: number, cgroups: readonly string[]) {
    this.#nspawn = nspawn;
    this.#leader = leader;
    this.#cgroups = cgroups;
  }

  /**
   * Boots a tree that is left as it is; returns when systemd has started everything.
   * @param namespace with its links and addresses, so that what starts at boot finds them
   */
  static async boot(lab: Lab, namespace: Namespace, tree: string, options: MachineOptions): Promise<Machine> {
    // Named as the folders of labs are, so that the next run knows what a killed one left behind.
    const name = `flocklab-${lab.id}-${namespace.label}`;
    reapMachines();
    const dir = join(lab.dir, `machine-${namespace.label}`);
    await mkdir(dir);
    const cgroups = hostHasSystemd ? [] : HIERARCHIES.map((folder) => join(folder, name));
    const nspawn = lab.spawn(
      undefined,
      [
        ...['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', START, 'sh', dir, tree, cgroups.join(' ')],
        ...['--boot', '--quiet', '--console=pipe', '--register=no', ...(hostHasSystemd ? [] : ['--keep-unit'])],
        ...[`--machine=${name}`, `--hostname=${namespace.label}`, '--capability=CAP_NET_ADMIN'],
        `--network-namespace-path=${namespace.path}`,
        ...options.binds.map(({ from, to }) => `--bind-ro=${from}:${to}`),
      ],
      // Sysctls of its network namespace are its own; all others stay read-only. Nobody else sees its root: no lock.
      { env: { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network', SYSTEMD_NSPAWN_LOCK: '0' } },
    );
    const booted = eventually(
      async () => {
        if (!nspawn.running()) return 'ended' as const;
        const leader = childOf(nspawn.pid);
        const { stdout } = await run(enter(leader, ['systemctl', 'is-system-running']), { allowFailure: true });
        return /^(running|degraded)$/m.test(stdout) ? leader : undefined;
      },
      `systemd of ${name} has started`,
      BOOT_DEADLINE_MS,
    );
    const leader = await booted.catch((error: unknown) => {
      throw new Error(`${name} does not boot: ${nspawn.stdout()}${nspawn.stderr()}`, { cause: error });
    });
    if (leader === 'ended') throw new Error(`${name} ended: ${nspawn.stdout()}${nspawn.stderr()}`);
    return new Machine(nspawn, leader, cgroups);
  }

  /** Runs a command in the machine, as root with every capability, see {@link run}. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return run(enter(this.#leader, argv), options);
  }

  /** Runs a line of shell in the machine and returns its standard output, without blanks around it. */
  async sh(line: string, options?: CommandOptions): Promise<string> {
    return (await this.exec(['sh', '-euc', line], options)).stdout.trim();
  }

  /** Where a process outside reaches a path of the machine, sockets among them. */
  outside(path: string): string {
    return `/proc/${this.#leader}/root${path}`;
  }

  /** Writes a file of the machine, by rename, and makes the folders above it. */
  async write(path: string, text: string): Promise<void> {
    const line = 'mkdir -p "$(dirname "$1")"; cat > "$1.new"; mv "$1.new" "$1"';
    await this.exec(['sh', '-euc', line, 'sh', path], { stdin: text });
  }

  /** Pulls the plug: process 1 dies, and with it everything in the machine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#nspawn.running()) killHard(this.#leader);
    const late = setTimeout(() => this.#nspawn.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.#nspawn.exited.finally(() => clearTimeout(late));
    for (const cgroup of this.#cgroups) {
      // The kernel refuses for a moment after the last process of a cgroup has ended.
      await eventually(() => removeFolders(cgroup), `${cgroup} is empty`);
    }
  }
}

/** The only child of systemd-nspawn is the machine's process 1. */
function childOf(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  if (child === '') throw new Error(`process ${pid} has no child yet`);
  return Number(child);
}

function enter(leader: number, argv: readonly string[]): string[] {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
  return ['nsenter', '--target', String(leader), ...namespaces, '--', 'env', '-i', `PATH=${PATH}`, ...argv];
}

/** Removes what machines left behind whose owner is no longer alive. */
function reapMachines(): void {
  for (const folder of [...HIERARCHIES, PROPAGATE].filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder).filter(isOrphanedFolder)) {
      try {
        removeFolders(join(folder, name));
      } catch (error) {
        // What is still ending is left to the next run, and another run may do the same as we.
        const code = (error as NodeJS.ErrnoException).code ?? '';
        if (!['EBUSY', 'ENOENT'].includes(code)) throw error;
      }
    }
  }
}

/** Removes a folder that has nothing but folders in it: of a cgroup the files go with it. @returns true. */
function removeFolders(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolders(join(folder, entry.name));
  }
  rmdirSync(folder);
  return true;
}
