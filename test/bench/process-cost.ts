/** What a process has cost and holds, as /proc tells it. */
export interface ProcessCost {
  /** Processor time of all its threads since it began, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory in MiB. */
  readonly residentMiB: number;
}

/** USER_HZ, in which /proc counts processor time (`sysconf(_SC_CLK_TCK)`): 100 on every Linux that flockd runs on. */
const TICKS_PER_SECOND = 100;

/**
 * @param stat text of /proc/PID/stat (proc_pid_stat(5)): fields 14 and 15 are utime and stime. The second field is the name
 * of the program in parentheses, which may hold blanks and parentheses itself.
 * @param status text of /proc/PID/status.
 * @throws Error when these are no such texts.
 */
export function processCost(stat: string, status: string): ProcessCost {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (Number.isNaN(ticks + kibibytes)) throw new Error(`not the texts of a process in /proc: ${stat}`);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentMiB: kibibytes / 1024 };
}
