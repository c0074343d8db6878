import type { BirdControl } from '../../bird-control/types.ts';
import type { Locate } from '../templates/template-lines.ts';
import type { RenderedFiles } from '../types.ts';
import type { ApplyStrategy } from './apply.ts';
import { stageCandidate } from './candidate.ts';
import { ownershipIn } from './files.ts';
import { judge } from './judge.ts';
import { forgetRefused, keepRefused, swapIn } from './live-set.ts';
import { type PublishPaths, refusedOf } from './paths.ts';
import { explainRefusal } from './refusal.ts';

/** What came of a structural change. */
export type ConfigOutcome = {
  readonly outcome: 'inForce' | 'refused' | 'unavailable';
  /** Empty for `inForce`. */
  readonly message: string;
  /** Where a foreign `bird.conf` is kept that has been replaced. */
  readonly keptForeign: string | undefined;
};

/**
 * Brings a new `bird.conf`, with the announcements that go with it, into force: staged as a whole, judged by BIRD, renamed
 * into place, applied. Nothing that has not been judged is ever renamed into place: BIRD would not start again with it.
 * Where BIRD refuses, the live files are as they were and the refused ones lie beside them.
 * @param apply how BIRD is made to take it up.
 * @param locate finds the template lines behind those of `files.config`.
 * @throws an error of the file system; then the live files are as they were.
 */
export async function publishConfig(
  files: RenderedFiles,
  paths: PublishPaths,
  control: BirdControl,
  apply: ApplyStrategy,
  binary: string | undefined,
  locate: Locate = () => undefined,
): Promise<ConfigOutcome> {
  const owner = ownershipIn(paths.folder);
  const candidate = stageCandidate(files, paths.candidate, paths.config, owner);
  try {
    const verdict = await judge(candidate, control, binary);
    if (verdict.verdict === 'unknown') {
      const message = `${verdict.message}; the new files are not put in place, since nothing here could judge them`;
      return { outcome: 'unavailable', message, keptForeign: undefined };
    }
    if (verdict.verdict === 'refused') return refused(files, verdict.message, paths, locate);
    const swap = swapIn(candidate, paths);
    const { keptForeign } = swap;
    if (verdict.by === 'bird -p') {
      const message = `${verdict.absence}; the new files pass "bird -p" and are in place for BIRD's next start`;
      forgetRefused(paths);
      return { outcome: 'unavailable', message, keptForeign };
    }
    const applied = await apply(control);
    if (applied.outcome === 'refused') {
      swap.undo();
      return refused(files, applied.message, paths, locate);
    }
    forgetRefused(paths);
    if (applied.outcome === 'unavailable') return { ...applied, keptForeign };
    return { outcome: 'inForce', message: '', keptForeign };
  } finally {
    candidate.remove();
  }
}

function refused(files: RenderedFiles, said: string, paths: PublishPaths, locate: Locate): ConfigOutcome {
  const inRealPlace = said.replaceAll(`${paths.candidate}/`, `${paths.folder}/`);
  const explained = explainRefusal(inRealPlace, [paths.config], files.config, locate);
  const message = `BIRD refuses the new configuration: ${explained}; what ran before still runs, the refused text is kept as ${refusedOf(paths.config)}`;
  keepRefused(files, message, paths, ownershipIn(paths.folder));
  return { outcome: 'refused', message, keptForeign: undefined };
}
