import { readFileSync, realpathSync } from 'node:fs';

/** The paths on which file systems are mounted. */
export type MountPoints = ReadonlySet<string>;

/** Reads the mount points of this process's mount namespace; none without /proc. */
export function readMountPoints(): MountPoints {
  try {
    return parseMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return new Set();
  }
}

/** The mount points in the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)): the fifth field, blanks in octal. */
export function parseMountPoints(mountinfo: string): MountPoints {
  const fields = mountinfo.split('\n').map((line) => line.split(' ')[4]);
  return new Set(fields.filter((field) => field !== undefined && field !== '').map(unescapeOctal));
}

/** The mount point that a path is on, with links followed; undefined when that cannot be determined. */
export function mountPointOf(path: string, points: MountPoints): string | undefined {
  try {
    return coveringPoint(realpathSync(path), points);
  } catch {
    return undefined;
  }
}

/** The longest mount point at or above a path without links. */
export function coveringPoint(path: string, points: MountPoints): string | undefined {
  const above = [...points].filter((point) => point === '/' || path === point || path.startsWith(`${point}/`));
  return above.sort((a, b) => b.length - a.length)[0];
}

function unescapeOctal(field = ''): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
