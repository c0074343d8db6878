import { chown, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type CommandResult, type Lab, run } from '../lab/lab.ts';
import { MARKER } from '../lab/ownership.ts';
import { debianTree, keptTree } from '../system/debian-tree.ts';

/** Debian's own npm, and the packages that bootstrap.sh would otherwise fetch in each run. */
const PACKAGES = 'npm gcc libc6-dev bird2 iproute2 iputils-ping';
/** To be raised when the making of the tree changes. */
const EDITION = 1;

/** The folder of the host that stays. */
const FOLDER = '/srv';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * What a program in a tree needs of this machine for its way to package mirrors and registries. Copies, since a package
 * that is being installed there may write to them.
 */
const LEND_NETWORK = `
lend_network() {
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  mkdir -p "$1${dirname(CERTIFICATES)}"
  [ ! -e ${CERTIFICATES} ] || cp -L ${CERTIFICATES} "$1${CERTIFICATES}"
}
`;

const MAKE = `${LEND_NETWORK}
tree=$1 base=$2 packages=$3
cp -a "$base" "$tree"
lend_network "$tree"
mount -t proc -o ro proc "$tree/proc"
printf '#!/bin/sh\\nexit 101\\n' > "$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
chroot "$tree" apt-get update
chroot "$tree" apt-get install -y --no-install-recommends $packages
umount "$tree/proc"
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
`;

/** What is written outside of the folder of the host goes to memory, and all of it is mounted where nothing else sees it. */
const ENTER = `${LEND_NETWORK}
dir=$1 tree=$2 work=$3
shift 3
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$tree,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/root"
root=$dir/root
lend_network "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$work" "$root${FOLDER}"
exec chroot "$root" "$@"
`;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Of this machine's environment, what leads to the network. */
const NETWORK_VARIABLE = /^(https?|all|no)_proxy$/i;
/** Of this machine's npm configuration, the same. */
const NETWORK_KEYS = ['registry', 'proxy', 'https-proxy'];
/** User and group `nobody` and `nogroup` of Debian. */
const NOBODY = 65_534;
/** An installation takes 20 seconds on two idle cores. */
const DEADLINE_MS = 300_000;

/** A Debian 12 without systemd, with Debian's own npm and the Node that it brings, and a folder that stays. */
export class NpmHost {
  readonly #lab: Lab;
  readonly #tree: string;
  readonly #env: readonly string[];
  /** The folder that is {@link FOLDER} in it; user `nobody` owns it. */
  readonly work: string;

  private constructor(lab: Lab, tree: string, env: readonly string[], work: string) {
    this.#lab = lab;
    this.#tree = tree;
    this.#env = env;
    this.work = work;
  }

  /** Makes the Debian tree on first use. */
  static async create(lab: Lab): Promise<NpmHost> {
    const tree = await keptTree(`debian-npm-${EDITION}`, MAKE, [await debianTree(), PACKAGES]);
    const work = join(lab.dir, 'npm host');
    await mkdir(work);
    await chown(work, NOBODY, NOBODY);
    await mkdir(join(lab.dir, 'npm root'));
    const lent = Object.entries(process.env).filter(([name]) => NETWORK_VARIABLE.test(name));
    const own = {
      PATH,
      HOME: FOLDER,
      TMPDIR: FOLDER,
      npm_config_cache: `${FOLDER}/cache`,
      npm_config_cafile: CERTIFICATES,
    };
    const all = [...Object.entries(own), [MARKER, lab.id], ...lent, ...(await npmNetwork())];
    return new NpmHost(
      lab,
      tree,
      all.map(([name, value]) => `${name}=${value}`),
      work,
    );
  }

  /** Runs a line of shell in it, in a file system that is fresh but for {@link FOLDER}. */
  sh(user: 'root' | 'nobody', line: string): Promise<CommandResult> {
    const become = user === 'root' ? [] : ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const enter = ['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', ENTER, 'sh'];
    const folders = [join(this.#lab.dir, 'npm root'), this.#tree, this.work];
    const command = ['env', '-i', ...this.#env, ...become, 'sh', '-euc', line];
    return run([...enter, ...folders, ...command], { env: { [MARKER]: this.#lab.id }, timeoutMs: DEADLINE_MS });
  }
}

/** The PATH of an operator: npm puts the Node of the lock file before it, with which it would not find its configuration. */
export const HOST_PATH: string = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** This machine's way to a registry, as variables that npm reads. */
async function npmNetwork(): Promise<[string, string][]> {
  const pairs: [string, string][] = [];
  for (const key of NETWORK_KEYS) {
    const value = (await run(['npm', 'config', 'get', key], { env: { PATH: HOST_PATH } })).stdout.trim();
    if (value !== '' && value !== 'null' && value !== 'undefined') pairs.push([`npm_config_${key}`, value]);
  }
  return pairs;
}

/** Whether a registry of npm packages answers. */
export async function registryAnswers(): Promise<boolean> {
  const command = ['npm', 'pack', '--dry-run', '--silent', '--prefer-offline', 'ipaddr.js@2.5.0'];
  const answer = run(command, { allowFailure: true, env: { PATH: HOST_PATH }, timeoutMs: 60_000 });
  return (await answer.catch(() => undefined))?.stdout.trim() === 'ipaddr.js-2.5.0.tgz';
}
