import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANNOUNCEMENTS_FILE } from '../../src/bird/names.ts';
import { checkOffline, findBird, type OfflineVerdict } from '../../src/bird/publish/offline-check.ts';
import type { RenderedFiles } from '../../src/bird/types.ts';

/** Whether there is a real BIRD to judge files. */
export const hasBird = findBird() !== undefined;

/** Lets the real BIRD parse a set of files. */
export async function judgeFiles(files: RenderedFiles): Promise<OfflineVerdict> {
  const folder = mkdtempSync(join(tmpdir(), 'flock-judge-'));
  try {
    writeFileSync(join(folder, 'bird.conf'), files.config);
    writeFileSync(join(folder, ANNOUNCEMENTS_FILE), files.announcements);
    return await checkOffline(join(folder, 'bird.conf'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
