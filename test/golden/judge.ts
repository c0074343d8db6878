import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOffline, findBird, type OfflineVerdict } from '../../src/bird/judge/offline-check.ts';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE } from '../../src/bird/names.ts';
import type { GoldenFiles } from './cases.ts';

/** Whether there is a real BIRD to judge files. */
export const hasBird = process.env.FLOCK_TEST_QUICK === undefined && findBird() !== undefined;

/** Lets the real BIRD parse a set of files, beginning with the operator's one if there is one. */
export async function judgeFiles(files: GoldenFiles): Promise<OfflineVerdict> {
  const folder = mkdtempSync(join(tmpdir(), 'flock-judge-'));
  try {
    writeFileSync(join(folder, files.main === undefined ? 'bird.conf' : INCLUDED_FILE), files.config);
    if (files.main !== undefined) writeFileSync(join(folder, 'bird.conf'), files.main);
    writeFileSync(join(folder, ANNOUNCEMENTS_FILE), files.announcements);
    return await checkOffline(join(folder, 'bird.conf'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
