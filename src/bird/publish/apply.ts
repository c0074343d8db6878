import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type BirdControl, BirdError, type BirdFileError } from '../../bird-control/types.ts';
import { FAMILIES } from '../../model/address.ts';
import { announceProtocol, isOurs } from '../names.ts';
import { readIfThere } from './files.ts';
import { faultText } from './judge.ts';

/** What came of asking BIRD to take up what lies on the disk. */
export type Applied =
  | { readonly outcome: 'inForce' }
  /** What ran before still runs. */
  | { readonly outcome: 'refused'; readonly message: string; readonly file: string | undefined }
  /** BIRD did not answer, or not in time: it may or may not have it. */
  | { readonly outcome: 'unavailable'; readonly message: string };

/**
 * How a set that has been put in place is brought into force: at once, or under a timer that undoes it. The publisher
 * takes one of each for structural changes and for announcements.
 */
export type ApplyStrategy = (control: BirdControl) => Promise<Applied>;

/** `configure`, and nothing else: for announcements, which can touch no session. */
export const applyAtOnce: ApplyStrategy = async (control) => {
  try {
    const answer = await control.configure();
    switch (answer.outcome) {
      case 'applied':
        return { outcome: 'inForce' };
      case 'refused':
        return { outcome: 'refused', message: faultText(answer.error), file: fileOf(answer.error) };
      case 'inProgress':
      case 'queued':
        return {
          outcome: 'unavailable',
          message: 'BIRD has accepted the configuration but is not done with it in time',
        };
      case 'shuttingDown':
        return { outcome: 'unavailable', message: 'BIRD is shutting down' };
      default:
        return { outcome: 'unavailable', message: `BIRD answered "configure" with ${answer.outcome}` };
    }
  } catch (error) {
    return unavailable(error);
  }
};

/**
 * `configure`, and a look whether BIRD now runs the protocols of the announcements. A BIRD that was started with another
 * `-c` answers every `configure` with success and never reads our file. Where that other file is one of ours, of a time
 * when `bird.config` had another path, BIRD runs the protocols all the same, out of a file that nobody writes any more.
 * @param config path of `bird.conf`.
 */
export function applyAndVerify(config: string): ApplyStrategy {
  return (control) => configureAndLook(control, config);
}

async function configureAndLook(control: BirdControl, config: string): Promise<Applied> {
  const applied = await applyAtOnce(control);
  if (applied.outcome !== 'inForce') return applied;
  const other = otherOfOurs(control.configFile, config);
  if (other !== undefined) {
    const message = `BIRD reads ${other}, which is flockd's of earlier, and not ${config}: start it with -c ${config}, or set bird.config to ${other}`;
    return { outcome: 'unavailable', message };
  }
  try {
    const running = new Set((await control.showProtocols()).map((protocol) => protocol.name));
    if (FAMILIES.every((family) => running.has(announceProtocol(family)))) return applied;
  } catch (error) {
    return unavailable(error);
  }
  const message = `BIRD accepts "configure" but runs no ${announceProtocol(4)} and ${announceProtocol(6)}: it reads another file; start it with -c and the path of bird.config, or set bird.config to the file that it reads`;
  return { outcome: 'unavailable', message };
}

/**
 * The file that BIRD reads, if it is one of flockd's and not the one that is meant. Nothing is said about a path that
 * leads nowhere here, or to a stranger's file: BIRD may see the same file under another path (a container), or read an
 * operator's file that includes ours.
 */
function otherOfOurs(read: string | undefined, config: string): string | undefined {
  if (read === undefined || !isAbsolute(read)) return undefined;
  const [there, ours] = [read, config].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (there === undefined || (there.dev === ours?.dev && there.ino === ours.ino)) return undefined;
  return isOurs(readIfThere(read) ?? '') ? read : undefined;
}

function fileOf(error: BirdFileError): string | undefined {
  return error.file === '' ? undefined : error.file;
}

function unavailable(error: unknown): Applied {
  if (!(error instanceof BirdError)) throw error;
  return { outcome: 'unavailable', message: error.message };
}
