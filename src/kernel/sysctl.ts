import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { type HeldNamespace, inside } from './namespace.ts';
import { KernelError } from './ports.ts';

/**
 * Files under /proc/sys/net show the namespace of the reading thread (proc_sys in fs/proc/proc_sysctl.c), so they are
 * read and written synchronously while inside.
 */

/** @returns the file's text, trimmed; undefined when there is no such file. @throws KernelError for any other failure. */
export function readSysctl(namespace: HeldNamespace, path: string): string | undefined {
  const file = sysctlFile(path);
  try {
    return inside(namespace, () => readFileSync(file, 'utf8')).trim();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new KernelError(`cannot read the sysctl ${path}: ${errorText(cause)}`, { cause });
  }
}

/** Most files kept open: those of the whole host and of some dozens of uplinks. */
const MOST_OPEN = 64;
/** The numbers that are read often have a few digits; what fills this is read in full each time. */
const room = Buffer.alloc(64);

/**
 * Sysctls that are read every few seconds, through files that stay open. Each network namespace of the machine has entries
 * of its own under the same names in one hash table (proc_sys_compare in fs/proc/proc_sysctl.c), so that on a host with
 * 250 pods opening a file takes 50 µs, and reading it again one. An open file belongs to the namespace and the interface
 * that it was opened for; once the interface has gone or has another name it says ENOENT.
 */
export class OpenSysctls {
  readonly #namespace: HeldNamespace;
  /** By path, the one opened longest ago first. */
  readonly #files = new Map<string, number>();

  constructor(namespace: HeldNamespace) {
    this.#namespace = namespace;
  }

  /** The same as `readSysctl`. */
  read(path: string): string | undefined {
    const fd = this.#files.get(path) ?? this.#open(path);
    if (fd === undefined) return readSysctl(this.#namespace, path);
    try {
      const length = readSync(fd, room, 0, room.length, 0);
      if (length < room.length) return room.toString('latin1', 0, length).trim();
    } catch {
      // An interface that has gone may have come again: then its file is another one.
    }
    this.#close(path, fd);
    return readSysctl(this.#namespace, path);
  }

  close(): void {
    for (const [path, fd] of this.#files) this.#close(path, fd);
  }

  /** Undefined for a file that cannot be opened: reading it says why. */
  #open(path: string): number | undefined {
    const file = sysctlFile(path);
    let fd: number;
    try {
      fd = inside(this.#namespace, () => openSync(file, constants.O_RDONLY));
    } catch {
      return undefined;
    }
    const [oldest] = this.#files;
    if (oldest !== undefined && this.#files.size >= MOST_OPEN) this.#close(...oldest);
    this.#files.set(path, fd);
    return fd;
  }

  #close(path: string, fd: number): void {
    this.#files.delete(path);
    closeSync(fd);
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

/** An interface may have almost any name; none may lead out of the tree. */
function sysctlFile(path: string): string {
  const parts = path.split('/');
  if (path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new KernelError(`${JSON.stringify(path)} is not the path of a sysctl (like net/ipv4/ip_forward)`);
  }
  return `/proc/sys/${path}`;
}
