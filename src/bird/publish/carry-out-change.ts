import { isEstablished } from '../../bird-control/running.ts';
import { BirdError } from '../../bird-control/types.ts';
import { ownershipIn } from '../files/file-operations.ts';
import { swapIn } from '../files/live-set.ts';
import { noteTrial, removeNote } from '../files/trial-note.ts';
import { type Candidate, stageCandidate } from '../judge/candidate.ts';
import { faultOrigin } from '../judge/fault-origin.ts';
import { judge } from '../judge/verdict.ts';
import { previewStaged } from '../measure/change-preview.ts';
import { dryRun } from '../measure/dry-run.ts';
import { readNamedNeighbors } from '../measure/neighbors.ts';
import { writeNeighbors } from '../measure/neighbors-text.ts';
import { type Applied, applyAndVerify, applyOnTrial } from './configure.ts';
import type { AfterSwap, Answer, Question } from './machine/effects.ts';
import { type Means, stampsAfterWrite } from './means.ts';

/** Carries out what a change of `bird.conf` asks for. The candidate is there from `judgeCandidate` to `discardCandidate`. */

type Of<K extends Question['kind']> = Extract<Question, { readonly kind: K }>;

export async function askSessions(_question: Of<'askSessions'>, { control }: Means): Promise<Answer> {
  try {
    const up = (await control.showProtocols()).filter(isEstablished).map(({ name }) => name);
    return { kind: 'sessionsTold', up: new Set(up) };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return { kind: 'sessionsTold', up: undefined };
  }
}

/** @throws an error of the file system. */
export async function judgeCandidate({ files, live, locate }: Of<'judge'>, means: Means): Promise<Answer> {
  const { paths, control, binary } = means;
  discardCandidate(means);
  const candidate = stageCandidate(files, paths, ownershipIn(paths.folder));
  means.candidate = candidate;
  const verdict = await judge(candidate, control, binary);
  const change = { live, config: files.config, locate };
  const origin = verdict.verdict === 'refused' ? await faultOrigin(verdict.message, change, { paths, control }) : '';
  return { kind: 'judged', verdict, origin, unread: candidate.fault?.message };
}

/** @throws BirdError */
export async function readRouters(_question: Of<'readNeighbors'>, { control }: Means): Promise<Answer> {
  return { kind: 'neighborsRead', neighbors: await readNamedNeighbors(control) };
}

export function previewCandidate(_question: Of<'preview'>, means: Means): Answer {
  return { kind: 'previewed', preview: previewStaged(staged(means), means.paths) };
}

/** @throws BirdError */
export async function runDry({ before, intended }: Of<'dryRun'>, means: Means): Promise<Answer> {
  return { kind: 'dryRunEnded', losses: await dryRun(staged(means).main, before, intended, means.control) };
}

/** @throws an error of the file system; then the live files are as they were. */
export async function putInPlace({ files, after }: Of<'putInPlace'>, means: Means): Promise<Answer> {
  const { paths } = means;
  const isTrial = after.tell === 'configureTimeout';
  if (isTrial) noteTrial(files.config, writeNeighbors(after.before), paths);
  const swap = swapIn(staged(means), paths);
  const applied = await apply(after, means);
  const isRefused = applied?.outcome === 'refused';
  if (isRefused) swap.undo();
  if (isTrial && applied?.outcome !== 'inForce') removeNote(paths);
  const keptForeign = isRefused ? undefined : swap.keptForeign;
  return { kind: 'putInPlace', applied, keptForeign, stamps: stampsAfterWrite(means) };
}

async function apply(after: AfterSwap, { paths, control }: Means): Promise<Applied | undefined> {
  switch (after.tell) {
    case 'nothing':
      return undefined;
    case 'configure':
      return applyAndVerify(paths)(control);
    case 'configureTimeout':
      return applyOnTrial(paths, after.seconds)(control);
  }
}

/** Removes what is being judged; what has been renamed out of it stays. @throws an error of the file system. */
export function discardCandidate(means: Means): void {
  means.candidate?.remove();
  means.candidate = undefined;
}

function staged({ candidate }: Means): Candidate {
  if (candidate === undefined) throw new Error('no candidate is staged');
  return candidate;
}
