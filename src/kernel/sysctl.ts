import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { hasErrno } from '../files/errno.ts';
import { type HeldNamespace, inside } from './namespace.ts';
import { KernelError } from './ports.ts';

/**
 * Files under /proc/sys/net show the namespace of the thread that looks (proc_sys in fs/proc/proc_sysctl.c), so they are
 * read and written synchronously while inside.
 */

/** @returns the file's text, trimmed; undefined when there is no such file. @throws KernelError for any other failure. */
export function readSysctl(namespace: HeldNamespace, path: string): string | undefined {
  const file = sysctlFile(path);
  try {
    return inside(namespace, () => readFileSync(file, 'utf8')).trim();
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return undefined;
    throw new KernelError(`cannot read the sysctl ${path}: ${errorText(cause)}`, { cause });
  }
}

/** @throws KernelError when the file is missing or refuses the value. */
export function writeSysctl(namespace: HeldNamespace, path: string, value: string): void {
  const file = sysctlFile(path);
  try {
    inside(namespace, () => {
      const fd = openSync(file, constants.O_WRONLY);
      try {
        writeSync(fd, value);
      } finally {
        closeSync(fd);
      }
    });
  } catch (cause) {
    throw new KernelError(`cannot set the sysctl ${path} to ${JSON.stringify(value)}: ${errorText(cause)}`, { cause });
  }
}

/** An interface may be called almost anything; none may lead out of the tree. */
function sysctlFile(path: string): string {
  const parts = path.split('/');
  if (path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new KernelError(`${JSON.stringify(path)} is no path of a sysctl (like net/ipv4/ip_forward)`);
  }
  return `/proc/sys/${path}`;
}
