import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stageCandidate } from '../bird/judge/candidate.ts';
import type { OfflineVerdict } from '../bird/judge/offline-check.ts';
import { explainFault } from '../bird/judge/refusal.ts';
import { judgeByProgram } from '../bird/judge/verdict.ts';
import type { OfflineRendering } from './offline.ts';

/** What `bird -p` says. */
export type OfflineJudgement =
  /** `note` says why BIRD does not get the text although it would accept it, if that is the case. */
  { readonly verdict: 'accepted'; readonly note?: string } | Exclude<OfflineVerdict, { verdict: 'accepted' }>;

/**
 * Has `bird -p` check a rendering together with a set of announcements and everything in the folder of the real
 * `bird.conf`, in a separate folder. Its messages name the real files, preceded by the faulty template line if one can
 * be found.
 * @param announcements text of `flock-announcements.conf`.
 */
export async function judgeOffline(offline: OfflineRendering, announcements: string): Promise<OfflineJudgement> {
  const { paths, text, locate } = offline;
  const folder = await mkdtemp(join(tmpdir(), 'flockctl-check-'));
  const stagedPaths = { ...paths, candidate: join(folder, 'set') };
  try {
    const ownership = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mode: 0o600 };
    const candidate = stageCandidate({ config: text, announcements }, stagedPaths, ownership);
    const verdict = await judgeByProgram(candidate);
    if (verdict.verdict === 'accepted') {
      return candidate.fault === undefined ? verdict : { ...verdict, note: candidate.fault.message };
    }
    return { ...verdict, message: explainFault(verdict.message, stagedPaths, text, locate) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
