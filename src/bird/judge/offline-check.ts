import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `bird -p` says about a configuration. */
export type OfflineVerdict =
  | { readonly verdict: 'accepted' }
  /** `message` is BIRD's: `file:line:column what`. */
  | { readonly verdict: 'refused'; readonly message: string }
  /** There is no bird program, or it did not end. */
  | { readonly verdict: 'unknown'; readonly message: string };

/** 100,000 announcements take 60 ms; a program that takes longer than this hangs. */
const DEFAULT_DEADLINE_MS = 10_000;

/** What BIRD prints in front of a fault; BIRD 3 also the time, the thread and the severity. */
const BEFORE_THE_FAULT = /^bird: (?:\S+ \S+ \[\d+\] <[A-Z]+> )?/;

/** Folders of programs for root, which a service's PATH may leave out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Path of the bird program on this host; undefined when there is none. */
export function findBird(path: string = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(':').filter((folder) => folder.startsWith('/')), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, 'bird')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not accessible to us: try the next folder.
  }
}

/**
 * Lets `bird -p` parse a configuration and all that it includes. It needs neither root nor a running BIRD, does not open
 * log files, and stops at the first fault.
 * @param config path of the main file.
 * @param binary path of the bird program; by default the host's.
 * @param deadlineMs how long it may take, in milliseconds.
 */
export function checkOffline(
  config: string,
  binary: string | undefined = findBird(),
  deadlineMs: number = DEFAULT_DEADLINE_MS,
): Promise<OfflineVerdict> {
  if (binary === undefined) {
    const message = 'there is no bird program on this host; install BIRD 2.0.12 or newer (Debian: apt install bird2)';
    return Promise.resolve({ verdict: 'unknown', message });
  }
  return new Promise((resolve) => {
    const options = { timeout: deadlineMs, killSignal: 'SIGKILL', cwd: dirname(config), encoding: 'latin1' } as const;
    execFile(binary, ['-p', '-c', config], options, (error, _stdout, stderr) => {
      if (error === null) return resolve({ verdict: 'accepted' });
      // BIRD says what is wrong on its last line, after warnings, and ends with status 1 (`cf_error`, `die`).
      const said = stderr.trim().split('\n').at(-1)?.replace(BEFORE_THE_FAULT, '') ?? '';
      if (error.code === 1 && said !== '') return resolve({ verdict: 'refused', message: said });
      const how = error.killed === true ? `did not end within ${deadlineMs} ms` : error.message.trim();
      resolve({ verdict: 'unknown', message: `${binary} -p: ${how}` });
    });
  });
}
