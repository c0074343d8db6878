/**
 * `node test/setup/missing-packages.ts`: names the packages of `package-lock.json` that this machine needs and `node_modules`
 * lacks, one in a line with the reason. Exit status 0: none is missing. Runs before anything is installed but Node.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the lock file says of a package; what is not listed is not looked at. */
export interface LockedPackage {
  readonly version?: string;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: string | readonly string[];
}

/** A machine in npm's words (`os`, `cpu` and `libc` of package.json). */
export interface MachineType {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

/**
 * The packages that are not there as the lock file wants them. An optional one for another machine need not be there; one
 * for this machine must be: npm calls native parts of a package optional, and leaves them out without a word when the
 * Node that npm runs on is too old for them.
 * @param packages the lock file's packages by folder; the empty folder is the project itself.
 * @param versionIn version of the package in a folder; undefined: there is none.
 * @returns a sentence for each.
 */
export function missingPackages(
  packages: Readonly<Record<string, LockedPackage>>,
  machine: MachineType,
  versionIn: (folder: string) => string | undefined,
): string[] {
  return Object.entries(packages).flatMap(([folder, wanted]) => {
    if (folder === '' || (wanted.optional === true && !(fits(wanted, machine) && isNative(wanted)))) return [];
    const version = versionIn(folder);
    if (version === wanted.version) return [];
    return [`${folder}: ${version === undefined ? 'missing' : `version ${version}`}, wanted ${wanted.version}`];
  });
}

/** Whether a package is made for some machines only. Other optional packages may be left out. */
function isNative({ os, cpu }: LockedPackage): boolean {
  return os !== undefined || cpu !== undefined;
}

function fits(wanted: LockedPackage, machine: MachineType): boolean {
  return (['os', 'cpu', 'libc'] as const).every((key) => {
    const allowed = wanted[key];
    return allowed === undefined || [allowed].flat().includes(machine[key]);
  });
}

function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof version === 'string' ? version : 'unknown';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..');
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const machine = { os: process.platform, cpu: process.arch, libc: 'glibc' };
  const missing = missingPackages(packages, machine, (folder) => versionIn(join(root, folder)));
  for (const line of missing) console.log(line);
  process.exitCode = missing.length === 0 ? 0 : 1;
}
