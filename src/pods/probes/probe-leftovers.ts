import { readdirSync, readFileSync } from 'node:fs';
import { hasErrno } from '../../files/errno.ts';

/** The environment variable that identifies everything that a command has started. */
export const PROBE_TOKEN = 'FLOCK_PROBE';

/** A process may fork before it is killed; one that forks faster than it is killed has to be left. */
const MAX_ROUNDS = 10;

/**
 * Kills what a command has left behind in separate sessions, as a daemon does: every process younger than the command
 * that has its token in the environment. One that has cleared its environment cannot be recognised.
 * @param pid of the command, which has ended or been killed.
 * @param token value of {@link PROBE_TOKEN} in the command's environment; no other command has it.
 */
export function killLeftovers(pid: number, token: string): void {
  const entry = `${PROBE_TOKEN}=${token}`;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const left = youngerThan(pid).filter((other) => environment(other).includes(entry));
    if (left.length === 0) return;
    for (const other of left) kill(other);
  }
}

/** Pids that were assigned after this one. All, if the numbers have wrapped around since. */
function youngerThan(pid: number): number[] {
  // "0.31 0.40 0.36 2/345 6789": the last field is the most recent pid (proc_loadavg(5)).
  const last = Number(readFileSync('/proc/loadavg', 'utf8').trim().split(' ').at(-1));
  if (last === pid) return [];
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((other) => Number.isInteger(other) && other !== process.pid);
  return last > pid ? pids.filter((other) => other > pid) : pids;
}

function environment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (error) {
    // It has ended since, or is none of ours and may not be looked into.
    if (hasErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
}
