import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Who owns a lab's namespaces, folders and processes, and how the next run finds what a killed run left behind.
 *
 * An owner token is the owner's process id in base 36 (5 digits hold 2^22, the kernel's PID_MAX_LIMIT) and the last three
 * base 36 digits of its start time, so that a recycled process id is not taken for a living owner. Every namespace is
 * called `fl<token><lab>-<label>`, every folder `flocklab-<token><lab>-…`, and every process carries {@link MARKER}.
 */
const PID_DIGITS = 5;
const START_DIGITS = 3;
const OWNED_NAMESPACE = /^fl([0-9a-z]{5})([0-9a-z]{3})[0-9a-z]+-/;
const OWNED_FOLDER = /^flocklab-([0-9a-z]{5})([0-9a-z]{3})[0-9a-z]+-/;

/** Where iproute2 keeps named network namespaces (ip-netns(8)). */
export const NETNS_FOLDER = '/run/netns';
/** Environment variable that every process of a lab carries; its value is the lab's id. */
export const MARKER = 'FLOCK_LAB';

/** Start time of a process in clock ticks since boot (proc(5), field 22 of `stat`); undefined when there is no such process. */
function startTime(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command in parentheses may hold blanks and parentheses: fields are counted from the last one. Field 3 comes first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : Number(fields[19]);
}

function startDigits(ticks: number): string {
  return ticks.toString(36).padStart(START_DIGITS, '0').slice(-START_DIGITS);
}

/** The token of this process. */
export function ownToken(): string {
  return process.pid.toString(36).padStart(PID_DIGITS, '0') + startDigits(startTime(process.pid) ?? 0);
}

function isOrphan(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const started = startTime(Number.parseInt(match[1] ?? '', 36));
  return started === undefined || startDigits(started) !== match[2];
}

/** Entries of a folder; an absent folder has none. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Sends SIGKILL; a process that has ended meanwhile is what we want. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Number of the network namespace behind a path (namespaces(7)); undefined when there is none. */
function namespaceNumber(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined; // A process that has ended, a thread of the kernel, a namespace that is deleted already.
  }
}

/**
 * Whether a process lives in one of these network namespaces: all of its threads are there. `/proc/PID/ns/net` alone shows
 * the first thread's, and flockd's is in a pod's namespace for some 60 µs whenever it opens a socket there.
 */
function livesIn(pid: number, numbers: ReadonlySet<number | undefined>): boolean {
  if (!numbers.has(namespaceNumber(`/proc/${pid}/ns/net`))) return false;
  let threads: string[];
  try {
    threads = entries(`/proc/${pid}/task`);
  } catch {
    return false; // ESRCH: it has ended.
  }
  return threads.every((thread) => numbers.has(namespaceNumber(`/proc/${pid}/task/${thread}/ns/net`)));
}

/** Ids of the processes that run in one of these network namespaces, without this one. */
function processesIn(names: readonly string[]): number[] {
  const numbers = new Set(names.map((name) => namespaceNumber(join(NETNS_FOLDER, name))));
  numbers.delete(undefined);
  const pids = entries('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return pids.filter((pid) => livesIn(pid, numbers));
}

/** Ends whatever still runs in the namespaces and deletes them. Synchronous: it also runs while this process exits. */
export function deleteNamespaces(names: readonly string[]): void {
  if (names.length === 0) return;
  for (const pid of processesIn(names)) killHard(pid);
  const input = names.map((name) => `netns delete ${name}\n`).join('');
  const deleted = spawnSync('ip', ['-force', '-batch', '-'], { encoding: 'utf8', input });
  // Two runs may reap the same orphan; the one that comes second finds nothing.
  const kept = entries(NETNS_FOLDER).filter((name) => names.includes(name));
  if (kept.length > 0) throw new Error(`cannot delete network namespaces ${kept.join(', ')}: ${deleted.stderr.trim()}`);
}

/** Ends every process whose environment carries this lab id. Synchronous. */
export function endMarkedProcesses(id: string): void {
  const wanted = `${MARKER}=${id}`;
  for (const entry of entries('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    let environment: string;
    try {
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      continue; // It ended between the listing and the reading, or belongs to the kernel.
    }
    if (environment.split('\0').includes(wanted)) killHard(pid);
  }
}

/** Whether the name of a folder says that a lab has made it whose owner is no longer alive. */
export function isOrphanedFolder(name: string): boolean {
  return isOrphan(OWNED_FOLDER.exec(name));
}

/** Takes away every file system that is mounted below a folder, the last one first. Synchronous. */
export function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.toReversed()) spawnSync('umount', ['--lazy', point]);
}

/** Removes what labs left behind whose owner is no longer alive. */
export function reapOrphans(): void {
  for (const folder of entries(tmpdir())) {
    if (!isOrphanedFolder(folder)) continue;
    endMarkedProcesses(folder.split('-')[1] ?? '');
    unmountBelow(join(tmpdir(), folder));
    rmSync(join(tmpdir(), folder), { recursive: true, force: true });
  }
  deleteNamespaces(entries(NETNS_FOLDER).filter((name) => isOrphan(OWNED_NAMESPACE.exec(name))));
}
