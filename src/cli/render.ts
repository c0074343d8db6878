import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isDiffJson, isRenderJson } from '../api/shape.ts';
import type { DiffJson, RenderJson } from '../api/types.ts';
import { readLiveFiles } from '../bird/files/live-files.ts';
import { renderAnnouncements } from '../bird/render/announcements.ts';
import { FlockError } from '../errors.ts';
import { renderJson } from '../report/render.ts';
import { type CliContext, type CommonOptions, printJson, withCommonOptions } from './context.ts';
import { formatDiff, unknownStates } from './diff-text.ts';
import { judgeOffline } from './judge-offline.ts';
import { knownAnnouncements, renderOffline } from './offline.ts';
import { diffOffline } from './offline-diff.ts';

interface RenderOptions extends CommonOptions {
  readonly config?: string;
  readonly diff?: boolean;
}

/** `flockctl render` */
export function registerRender(program: Command, context: CliContext): void {
  withCommonOptions(program.command('render'))
    .description("print BIRD's configuration as flockd would write it now; with --config, without the daemon")
    .option('--config <path>', 'render this configuration file locally, without the daemon')
    .option('--diff', 'print the difference from what BIRD is running, and its effect on sessions and announcements')
    .action(async (options: RenderOptions) => {
      if (options.diff) return printDiff(context, options);
      const { files } = await rendered(options);
      if (options.json) printJson(context, { files });
      else context.out(files.map(({ path, text }) => `# ${path}\n${text}`).join('\n'));
    });
}

async function rendered({ socket, config: path }: RenderOptions): Promise<RenderJson> {
  if (path === undefined) return apiGet(socket, '/v1/render', { accepts: isRenderJson });
  const { paths, text } = await renderOffline(path);
  // Only the daemon knows which pods are ready.
  return renderJson(paths, { config: text, announcements: renderAnnouncements([]) });
}

async function printDiff(context: CliContext, options: RenderOptions): Promise<void> {
  const { diff, remark } =
    options.config === undefined
      ? { diff: await apiGet(options.socket, '/v1/diff', { accepts: isDiffJson }), remark: '' }
      : await judgedDiff(options.config);
  if (options.json) printJson(context, diff);
  else context.out(`${formatDiff(diff)}${remark}`);
}

/** @throws FlockError for a configuration that BIRD refuses: it would have none of the effects that could be listed. */
async function judgedDiff(path: string): Promise<{ readonly diff: DiffJson; readonly remark: string }> {
  const offline = await renderOffline(path);
  const live = readLiveFiles(offline.paths);
  const judged = await judgeOffline(offline, knownAnnouncements(live.announcements));
  if (judged.verdict === 'refused') {
    throw new FlockError('configurationInvalid', `${path}: BIRD refuses the result: ${judged.message}`);
  }
  const { diff, note } = diffOffline(offline, live);
  const unread = judged.verdict === 'accepted' && judged.note !== undefined ? `\n${judged.note}\n` : '';
  return { diff, remark: `${unknownStates(diff.preview, note)}${unread}` };
}
