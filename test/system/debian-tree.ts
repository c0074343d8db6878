import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DIST } from '../lab/cni.ts';
import { isRoot, Lab, run } from '../lab/lab.ts';

const SUITE = 'bookworm';
/** What `debootstrap --variant=minbase` lacks: an init, the tools that the tests look with, and Debian's own BIRD. */
const PACKAGES = ['systemd', 'systemd-sysv', 'iproute2', 'bird2'];
/** To be raised when the making of the tree changes, so that nobody boots an older one. */
const EDITION = 1;

const PUBLIC_MIRROR = 'http://deb.debian.org/debian';
/** Measured: 33 seconds on two cores. Another run may be making it, too; then the first one is waited for. */
const DEADLINE_MS = 280_000;

/** Fills the folder `$1`, out of which the tree becomes. */
const MAKE = `
tree=$1 suite=$2 packages=$3 mirror=$4
debootstrap --variant=minbase --include="$packages" "$suite" "$tree" "$mirror"
# Each boot makes its own; and debootstrap gives the tree the name of the machine that made it.
: > "$tree/etc/machine-id"
rm -f "$tree/etc/hostname"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer; do
  ln -sf /dev/null "$tree/etc/systemd/system/$unit"
done
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
`;

/** Fills a folder beside the final one and renames it, so that a tree with that name is complete. */
const KEEP = `
tree=$1 make=$2
shift 2
if [ -d "$tree" ]; then exit 0; fi
rm -rf --one-file-system "$tree.partial"
sh -euc "$make" sh "$tree.partial" "$@"
mv "$tree.partial" "$tree"
`;

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** What this machine lacks for booting a Debian with flockd in it; empty when it can. */
export function missingForBoot(): string[] {
  const missing = isRoot ? [] : ['root'];
  if (!isOnPath('debootstrap')) missing.push('debootstrap');
  if (!isOnPath('systemd-nspawn')) missing.push('systemd-container');
  if (!existsSync(join(DIST, 'flockd.js'))) missing.push('dist/ (npm run build)');
  return missing;
}

/** Only root may write there: what lies in it is run as root. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'flockd-test');
}

/** The mirror that this machine installs from, if it is a Debian of the same suite; else the public one. */
async function mirror(): Promise<string> {
  const command = ['apt-get', 'indextargets', '--format', '$(CODENAME) $(REPO_URI)', 'Created-By: Packages'];
  const { stdout } = await run(command, { allowFailure: true });
  const line = stdout.split('\n').find((text) => text.startsWith(`${SUITE} `));
  return line?.slice(SUITE.length + 1) ?? PUBLIC_MIRROR;
}

/**
 * The folder of a small Debian with systemd and BIRD, made by debootstrap on first use and kept for the next run. Nobody
 * may write to it.
 */
export async function debianTree(): Promise<string> {
  return keptTree(`debian-${SUITE}-${EDITION}`, MAKE, [SUITE, PACKAGES.join(','), await mirror()]);
}

/**
 * A tree that is made on first use and kept for the next run.
 * @param name of its folder; to be changed when what makes it changes.
 * @param make a script of sh that fills the folder `$1`, with the arguments behind it.
 */
export async function keptTree(name: string, make: string, args: readonly string[]): Promise<string> {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tree = join(folder, name);
  if (existsSync(tree)) return tree;
  await using lab = await Lab.create('debian tree');
  // In a mount namespace of its own, so that what is mounted in the tree meanwhile cannot outlive it.
  const keep = ['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', KEEP, 'sh'];
  const child = lab.spawn(undefined, ['flock', `${tree}.lock`, ...keep, tree, make, ...args]);
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const code = await child.exited.finally(() => clearTimeout(timer));
  if (code !== 0) {
    const end = code === null ? `no end within ${DEADLINE_MS} ms` : `exit status ${code}`;
    throw new Error(`cannot make ${tree}: ${end}: ${`${child.stdout()}${child.stderr()}`.slice(-2_000)}`);
  }
  return tree;
}
