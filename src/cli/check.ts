import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { stageCandidate } from '../bird/publish/candidate.ts';
import { checkOffline, type OfflineVerdict } from '../bird/publish/offline-check.ts';
import { asFlockError, FlockError } from '../errors.ts';
import { type CliContext, type CommonOptions, DEFAULT_CONFIG, printJson, withCommonOptions } from './context.ts';
import { renderOffline } from './offline.ts';

/** What came of a check; `invalid` when it did not come as far as BIRD. */
type Judgement = OfflineVerdict | { readonly verdict: 'invalid'; readonly message: string };

/** `flockctl check` */
export function registerCheck(program: Command, context: CliContext): void {
  withCommonOptions(program.command('check'))
    .description('judges the configuration and the templates with bird -p, without the daemon; changes nothing')
    .option('--config <path>', 'the configuration', DEFAULT_CONFIG)
    .action(async (options: CommonOptions & { readonly config: string }) => {
      const judgement = await judge(options.config);
      if (options.json) printJson(context, { config: options.config, ...judgement });
      if (judgement.verdict !== 'accepted')
        throw new FlockError('configurationInvalid', sentence(options.config, judgement));
      if (!options.json) context.out(`${options.config} is valid, and BIRD accepts what comes of it\n`);
    });
}

/**
 * Renders into a folder of its own, where `bird -p` finds both files side by side, and all that lies beside the real
 * `bird.conf`. Its messages name the real files.
 */
async function judge(config: string): Promise<Judgement> {
  const folder = await mkdtemp(join(tmpdir(), 'flockctl-check-'));
  const staged = join(folder, 'set');
  try {
    const { files } = await renderOffline(config);
    const [main, announcements] = files;
    if (main === undefined || announcements === undefined) throw new FlockError('internal', 'nothing was rendered');
    const ownership = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mode: 0o600 };
    const texts = { config: main.text, announcements: announcements.text };
    const candidate = stageCandidate(texts, staged, main.path, ownership);
    const verdict = await checkOffline(candidate.config);
    if (verdict.verdict === 'accepted') return verdict;
    return { ...verdict, message: verdict.message.replaceAll(candidate.config, main.path) };
  } catch (error) {
    return { verdict: 'invalid', message: asFlockError(error).message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sentence(config: string, { verdict, message }: Exclude<Judgement, { verdict: 'accepted' }>): string {
  switch (verdict) {
    case 'invalid':
      return message;
    case 'refused':
      return `${config}: BIRD refuses what comes of it: ${message}`;
    case 'unknown':
      return `${config} is valid, but BIRD cannot judge what comes of it: ${message}`;
  }
}
