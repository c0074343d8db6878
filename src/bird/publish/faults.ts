import { errorText } from '../../errors.ts';
import { errnoOf } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { PublishResult } from '../types.ts';

/** What the file system refuses during a publish: kept, so that what needs no file goes on. */
export interface Faults {
  /** The first error of the file system; undefined when there was none. */
  readonly first: unknown;
  /** Does what may meet such an error. @returns undefined after one. @throws every other error. */
  attempt<T>(work: () => T | Promise<T>): Promise<T | undefined>;
}

export function createFaults(): Faults {
  let first: unknown;
  return {
    get first() {
      return first;
    },
    async attempt(work) {
      try {
        return await work();
      } catch (error) {
        // Errors of the file system name the path; anything else is a defect and not ours to hide.
        if (errnoOf(error) === undefined) throw error;
        first ??= error;
        return undefined;
      }
    },
  };
}

/** What a publish answers that has met an error of the file system, and otherwise would have answered this. */
export function withFault(result: PublishResult, { first }: Faults, paths: PublishPaths): PublishResult {
  if (first === undefined || (!result.ok && result.code !== 'fileError')) return result;
  const said = result.ok ? '' : result.message;
  const message = `cannot write BIRD's files: ${errorText(first)}${said === '' ? '' : `; ${said}`}; flockd must be able to make and rename files in ${paths.folder}`;
  return { ok: false, code: 'fileError', message, announcementsInForce: result.ok };
}
