import { basename, join } from 'node:path';
import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { errnoOf, type Ownership, ownershipIn } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import { stageCandidate } from '../judge/candidate.ts';
import { faultText } from '../judge/verdict.ts';
import type { RenderedFiles } from '../types.ts';
import { applyAndVerify } from './configure.ts';

/**
 * A way to BIRD for when its own folder takes no file at all: read-only, gone, broken, full without a reserve. The set is
 * written to another file system and BIRD reads it from there, once, by `configure` with a path. It does not last: a BIRD
 * that restarts, or is told to by a plain `configure`, reads what lies in its own place.
 */
export interface OtherPlace {
  /**
   * @returns empty when BIRD has the set in force, else why not.
   * @throws an error that is no fault of the file system or BIRD.
   */
  give(files: RenderedFiles): Promise<string>;
  /** BIRD has read what lies in its own place, and nothing from here is in force any more. */
  inPlace(): void;
  /** BIRD has begun anew, or somebody else has reconfigured it. */
  forget(): void;
  /** The set that BIRD has from here; undefined when it has none. */
  readonly given: RenderedFiles | undefined;
}

export interface OtherPlaceOptions {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  /** Path of a folder in which one for the set is made and removed again. Undefined: there is no such way. */
  readonly parent: string | undefined;
}

export function createOtherPlace({ paths, control, parent }: OtherPlaceOptions): OtherPlace {
  // A name of its own: whatever has it is removed first.
  const folder = parent === undefined ? undefined : join(parent, basename(paths.candidate));
  let given: RenderedFiles | undefined;
  let owner: Ownership | undefined;
  // A BIRD that has never read our files may be somebody else's.
  let isOurs = false;

  function rememberOwner(): void {
    try {
      owner = ownershipIn(paths.folder);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error; // Gone: the owner of before counts.
    }
  }

  async function readsOurs(): Promise<string> {
    if (isOurs) return '';
    const read = await applyAndVerify(paths)(control);
    isOurs = read.outcome === 'inForce';
    return read.outcome === 'inForce' ? '' : read.message;
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
    async give(files) {
      if (folder === undefined) return 'there is no other place that BIRD could read from';
      if (given?.config === files.config && given.announcements === files.announcements) return '';
      rememberOwner();
      try {
        const refusal = (await readsOurs()) || (await apply(files, folder));
        if (refusal === '') given = { config: files.config, announcements: files.announcements };
        return refusal;
      } catch (error) {
        if (!(error instanceof BirdError) && errnoOf(error) === undefined) throw error;
        return errorText(error);
      }
    },
    inPlace() {
      isOurs = true;
      given = undefined;
      rememberOwner();
    },
    forget() {
      given = undefined;
      isOurs = false;
    },
    get given() {
      return given;
    },
  };
}
