/**
 * Name of the error number (errno(3)) of a failed system call, such as `ENOENT`. Node puts it into `code`, beside the
 * name of the call in `syscall`; its own errors have codes that begin with `ERR_`.
 * @returns undefined for anything that is no error of the operating system.
 */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return 'syscall' in error || /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** Whether a system call failed with one of these error numbers, given by name. */
export function hasErrno(error: unknown, ...names: readonly string[]): boolean {
  const name = errnoOf(error);
  return name !== undefined && names.includes(name);
}
