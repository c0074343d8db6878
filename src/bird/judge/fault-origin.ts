import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { Locate } from '../templates/template-lines.ts';
import { firstChange } from './first-change.ts';
import { isOperators } from './refusal.ts';

/** A new `flock.conf` that BIRD has refused together with the operator's file. */
interface RefusedChange {
  /** The text in place; undefined when there is none. */
  readonly live: string | undefined;
  readonly config: string;
  readonly locate: Locate;
}

/**
 * Finds out who has to correct what, where BIRD names a line of the operator's file (`bird.mode: include`). It does so
 * also for a name that the change uses a second time, above that line. If BIRD accepts the operator's file with the
 * `flock.conf` in place, it is the change.
 * @returns what to say after BIRD's words; empty when there is nothing to say, or BIRD cannot be asked.
 */
export async function faultOrigin(
  said: string,
  { live, config, locate }: RefusedChange,
  { paths, control }: { readonly paths: PublishPaths; readonly control: BirdControl },
): Promise<string> {
  if (!isOperators(said, paths) || live === undefined) return '';
  try {
    if (!(await control.configureCheck(paths.main)).ok) return '; correct it there';
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return '';
  }
  const place = firstChange(live, config, locate);
  const where = place === '' ? '' : `, whose first new line comes from ${place}`;
  return `; BIRD takes it with the previous ${paths.config}, so that the fault is in the change${where}`;
}
