import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hasErrno } from '../../files/errno.ts';
import { escapeText } from '../../model/printable.ts';
import { killLeftovers, PROBE_TOKEN } from './probe-leftovers.ts';
import type { ProbeResult } from './probe-state.ts';

/** A command on the host. */
interface ExecProbe {
  /** Program and arguments; no shell interprets them. */
  readonly command: readonly string[];
  /** Added to the environment, which otherwise contains only `PATH`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Characters of output that are kept for a message. More is read and discarded, so that the command never blocks. */
const MAX_OUTPUT = 200;

/**
 * How many milliseconds a finished command's output may stay open: after that, a process that it started still holds
 * it, and is killed.
 */
const LINGER_MS = 100;

/** Where programs are searched for when the daemon's own environment does not say. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs a command in `/`, in its own session and process group. Exit status 0 is a success. However it ends, whatever
 * the command has started and left behind is killed.
 * @param signal ends the command; its reason says why.
 */
export function probeExec({ command, env }: ExecProbe, signal: AbortSignal): Promise<ProbeResult> {
  if (signal.aborted) return Promise.resolve({ ok: false, message: String(signal.reason) });
  const [program = '', ...args] = command;
  const token = randomUUID();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: { PATH: process.env.PATH ?? DEFAULT_PATH, ...env, [PROBE_TOKEN]: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let result: ProbeResult | undefined;
    let linger: NodeJS.Timeout | undefined;
    const keep = (chunk: Buffer): void => {
      if (output.length <= MAX_OUTPUT) output += chunk.toString('utf8').slice(0, MAX_OUTPUT + 1);
    };
    const finish = (): void => {
      clearTimeout(linger);
      signal.removeEventListener('abort', onAbort);
      child.stdout.destroy();
      child.stderr.destroy();
      if (child.pid !== undefined) killAll(child.pid, token);
      resolve(result ?? { ok: false, message: 'the command ended without a status' });
    };
    const onAbort = (): void => {
      result ??= { ok: false, message: String(signal.reason) };
      if (child.pid !== undefined) killGroup(child.pid);
      // A process in uninterruptible sleep does not end even so; it is not waited for.
      linger ??= setTimeout(finish, LINGER_MS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      result ??= { ok: false, message: error.message };
      if (child.pid === undefined) finish();
    });
    child.once('exit', (code, killedBy) => {
      linger ??= setTimeout(finish, LINGER_MS);
      result ??= code === 0 ? { ok: true } : { ok: false, message: failure(code, killedBy, '') };
    });
    child.once('close', (code, killedBy) => {
      if (result?.ok === false && code !== 0 && !signal.aborted)
        result = { ok: false, message: failure(code, killedBy, output) };
      finish();
    });
    signal.addEventListener('abort', onAbort);
  });
}

function killAll(pid: number, token: string): void {
  killGroup(pid);
  killLeftovers(pid, token);
}

/** Kills the command and what it started in its group. The group's number is not reused while it has members. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: everything in the group has ended already.
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
}

function failure(code: number | null, killedBy: string | null, output: string): string {
  const status = code === null ? `killed by ${killedBy}` : `exit status ${code}`;
  const said = output.trim();
  return said === '' ? status : `${status}: ${escapeText(said, MAX_OUTPUT)}`;
}
