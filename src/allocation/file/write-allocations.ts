import { dirname } from 'node:path';
import { errorText, FlockError } from '../../errors.ts';
import { type FileCalls, ReplaceError, replaceFile } from '../../files/durable-file.ts';
import { errnoOf } from '../../files/errno.ts';

/** `stateUnwritable`; `replaced` tells whether the new text is in place although it may not survive a power cut. */
export class FileWriteError extends FlockError {
  readonly replaced: boolean;

  constructor(path: string, replaced: boolean, cause: unknown) {
    super('stateUnwritable', `cannot write ${path}: ${errorText(cause)}; ${remedyFor(cause, path)}`, { cause });
    this.replaced = replaced;
  }
}

/**
 * Replaces the text of the allocations file, at once and durably.
 * @throws FileWriteError with what to do.
 */
export async function writeAllocations(path: string, text: string, calls?: FileCalls): Promise<void> {
  try {
    await replaceFile(path, text, calls);
  } catch (error) {
    if (!(error instanceof ReplaceError)) throw error;
    throw new FileWriteError(path, error.replaced, error.cause);
  }
}

/** What to do about an error of the file system, as a clause. */
export function remedyFor(error: unknown, path: string): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const folder = dirname(path);
  switch (errnoOf(first)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `free space on the file system of ${folder}`;
    case 'EROFS':
      return `mount the file system of ${folder} read-write, or set \`state\` to a path on another one`;
    case 'EACCES':
    case 'EPERM':
      return `let the daemon's user write in ${folder}, and see that nothing there is immutable`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `create the folder ${folder}, or set \`state\` to a path in one that exists`;
    case 'EISDIR':
      return `${path} is a folder: remove it, or set \`state\` to another path`;
    default:
      return `see what is wrong with the file system of ${folder}`;
  }
}
