import { basename, join } from 'node:path';
import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';
import { type Ownership, ownershipIn } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import { stageCandidate } from '../judge/candidate.ts';
import { faultText } from '../judge/verdict.ts';
import type { RenderedFiles } from '../types.ts';
import { applyAndVerify } from './configure.ts';

/** The result of giving BIRD a set from another place. */
interface GivenElsewhere {
  /** Empty when BIRD has the set in force, otherwise why not. */
  readonly refusal: string;
  /** Whether this BIRD is known to read flockd's files. */
  readonly readsOurs: boolean;
}

/**
 * A way to BIRD for when no file can be written to its own folder: read-only, gone, broken, full without a reserve. The
 * set is written to another file system and BIRD reads it from there, once, by `configure` with a path. It does not
 * last: a BIRD that restarts, or is told to by a plain `configure`, reads what is in its own folder.
 */
export interface OtherPlace {
  /**
   * @param readsOurs whether this BIRD has read flockd's files before; one that has not may be another program's, and
   * is asked.
   * @throws an error that comes from neither the file system nor BIRD.
   */
  give(files: RenderedFiles, readsOurs: boolean): Promise<GivenElsewhere>;
  /** To be called while BIRD's own folder can be read: its owner then counts for the other place. */
  rememberOwner(): void;
}

interface OtherPlaceOptions {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  /** Path of a folder in which one for the set is made and removed again. Undefined: there is no such way. */
  readonly parent: string | undefined;
}

export function createOtherPlace({ paths, control, parent }: OtherPlaceOptions): OtherPlace {
  // A name of its own: what has it already is removed first.
  const folder = parent === undefined ? undefined : join(parent, basename(paths.candidate));
  let owner: Ownership | undefined;

  function rememberOwner(): void {
    try {
      owner = ownershipIn(paths.folder);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error; // Gone: the previous owner counts.
    }
  }

  async function apply(files: RenderedFiles, candidate: string): Promise<string> {
    const set = stageCandidate(files, { ...paths, candidate }, owner ?? ownershipIn(paths.folder));
    try {
      if (set.fault !== undefined) return set.fault.message;
      const answer = await control.configure({ file: set.main });
      if (answer.outcome === 'applied') return '';
      return answer.outcome === 'refused' ? faultText(answer.error) : `BIRD answers "configure" with ${answer.outcome}`;
    } finally {
      set.remove();
    }
  }

  return {
    async give(files, known) {
      let readsOurs = known;
      if (folder === undefined) return { refusal: 'there is no other place that BIRD could read from', readsOurs };
      rememberOwner();
      try {
        if (!readsOurs) {
          const read = await applyAndVerify(paths)(control);
          readsOurs = read.outcome === 'inForce';
          if (read.outcome !== 'inForce') return { refusal: read.message, readsOurs };
        }
        return { refusal: await apply(files, folder), readsOurs };
      } catch (error) {
        if (!(error instanceof BirdError) && errnoOf(error) === undefined) throw error;
        return { refusal: errorText(error), readsOurs };
      }
    },
    rememberOwner,
  };
}
