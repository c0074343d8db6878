import type { Command } from 'commander';
import { type LiveFiles, readLiveFiles } from '../bird/files/live-files.ts';
import { refuseUnbuilt } from '../config/unbuilt.ts';
import { asFlockError, FlockError } from '../errors.ts';
import { type CliContext, type CommonOptions, DEFAULT_CONFIG, printJson, withCommonOptions } from './context.ts';
import { formatOutcome, unknownStates } from './diff-text.ts';
import { judgeOffline, type OfflineJudgement } from './judge-offline.ts';
import { knownAnnouncements, type OfflineRendering, renderOffline } from './offline.ts';
import { diffOffline, type OfflineDiff } from './offline-diff.ts';

/** The result of a check; `invalid` when it did not get as far as BIRD. */
type Verdict = OfflineJudgement | { readonly verdict: 'invalid'; readonly message: string };

interface Judgement {
  readonly verdict: Verdict;
  /** What would change; `unknown` says why that cannot be determined. */
  readonly change: OfflineDiff | { readonly unknown: string };
}

/** `flockctl check` */
export function registerCheck(program: Command, context: CliContext): void {
  withCommonOptions(program.command('check'))
    .description('check the configuration and the templates with "bird -p", without the daemon; changes nothing')
    .option('--config <path>', 'the configuration file', DEFAULT_CONFIG)
    .action(async (options: CommonOptions & { readonly config: string }) => {
      const { verdict, change } = await judge(options.config);
      if (options.json) printJson(context, judgementJson(options.config, { verdict, change }));
      if (verdict.verdict !== 'accepted')
        throw new FlockError('configurationInvalid', sentence(options.config, verdict));
      if (options.json) return;
      const note = verdict.note === undefined ? '' : `, but ${verdict.note}`;
      context.out(`${options.config} is valid, and BIRD accepts the result${note}\n\n`);
      context.out(
        'unknown' in change
          ? `what it would change cannot be determined: ${change.unknown}\n`
          : `${formatOutcome(change.diff)}${unknownStates(change.diff.preview, change.note)}`,
      );
    });
}

async function judge(config: string): Promise<Judgement> {
  try {
    const offline = await renderOffline(config);
    refuseUnbuilt(offline.config);
    const live = readLive(offline);
    const announcements = knownAnnouncements('unknown' in live ? undefined : live.announcements);
    const verdict = await judgeOffline(offline, announcements);
    if (verdict.verdict === 'refused') return { verdict, change: { unknown: verdict.message } };
    return { verdict, change: 'unknown' in live ? live : diffOffline(offline, live) };
  } catch (error) {
    const { message } = asFlockError(error);
    return { verdict: { verdict: 'invalid', message }, change: { unknown: message } };
  }
}

/** A configuration can be validated even by a user who may not read what BIRD runs. */
function readLive({ paths }: OfflineRendering): LiveFiles | { readonly unknown: string } {
  try {
    return readLiveFiles(paths);
  } catch (error) {
    if (!(error instanceof FlockError)) throw error;
    return { unknown: error.message };
  }
}

function judgementJson(config: string, { verdict, change }: Judgement): object {
  const message = 'unknown' in change ? change.unknown : '';
  const { keptForeign, preview } = 'unknown' in change ? { keptForeign: null, preview: null } : change.diff;
  return { config, message, note: '', ...verdict, keptForeign, preview };
}

function sentence(config: string, { verdict, message }: Exclude<Verdict, { verdict: 'accepted' }>): string {
  switch (verdict) {
    case 'invalid':
      return message;
    case 'refused':
      return `${config}: BIRD refuses the result: ${message}`;
    case 'unknown':
      return `${config} is valid, but BIRD cannot check the result: ${message}`;
  }
}
