import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { checkOffline, type OfflineVerdict } from '../bird/offline-check.ts';
import { FlockError } from '../errors.ts';
import { type CliContext, type CommonOptions, DEFAULT_CONFIG, printJson, withCommonOptions } from './context.ts';
import { renderOffline } from './offline.ts';

/** `flockctl check` */
export function registerCheck(program: Command, context: CliContext): void {
  withCommonOptions(program.command('check'))
    .description('judges the configuration and the templates with bird -p, without the daemon; changes nothing')
    .option('--config <path>', 'the configuration', DEFAULT_CONFIG)
    .action(async (options: CommonOptions & { readonly config: string }) => {
      const verdict = await judge(options.config);
      if (options.json) printJson(context, { config: options.config, ...verdict });
      if (verdict.verdict === 'accepted') {
        if (!options.json) context.out(`${options.config} is valid, and BIRD accepts what comes of it\n`);
        return;
      }
      throw new FlockError('configurationInvalid', `${options.config}: ${verdict.verdict}: ${verdict.message}`);
    });
}

/** Renders into a folder of its own, where `bird -p` finds both files side by side. */
async function judge(config: string): Promise<OfflineVerdict> {
  const { files } = await renderOffline(config);
  const folder = await mkdtemp(join(tmpdir(), 'flockctl-check-'));
  try {
    for (const { path, text } of files) await writeFile(join(folder, basename(path)), text);
    return await checkOffline(join(folder, basename(files[0]?.path ?? '')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
