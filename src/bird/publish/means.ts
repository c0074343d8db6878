import type { BirdControl } from '../../bird-control/types.ts';
import type { Logger } from '../../log.ts';
import type { FileWatch } from '../files/file-watch.ts';
import type { OthersEdits } from '../files/others-edits.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { Placed } from '../files/placed-files.ts';
import type { Stamps } from '../files/stamps.ts';
import type { Candidate } from '../judge/candidate.ts';
import type { OtherPlace } from './other-place.ts';

/** What is needed to carry out effects. */
export interface Means {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  readonly log: Logger;
  readonly placed: Placed;
  readonly edits: OthersEdits;
  readonly watch: FileWatch;
  readonly otherPlace: OtherPlace;
  /** Path of the bird program; by default the host's. */
  readonly binary: string | undefined;
  /** The set that is being judged; undefined where there is none. */
  candidate: Candidate | undefined;
}

/** The stamps of the files as they are now. */
export function stampsOfPlace({ placed, watch }: Means): Stamps {
  return placed.allStamps(watch.mainStamp());
}

/** The same of files that were put in place just now. */
export function stampsAfterWrite(means: Means): Stamps {
  means.otherPlace.rememberOwner();
  return stampsOfPlace(means);
}
