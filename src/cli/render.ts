import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import { isRenderJson } from '../api/shape.ts';
import { type CliContext, type CommonOptions, printJson, withCommonOptions } from './context.ts';
import { renderOffline } from './offline.ts';

/** `flockctl render` */
export function registerRender(program: Command, context: CliContext): void {
  withCommonOptions(program.command('render'))
    .description("BIRD's configuration as it would be written now; with --config without the daemon")
    .option('--config <path>', 'render this configuration here, without asking the daemon')
    .action(async (options: CommonOptions & { readonly config?: string }) => {
      const { files } =
        options.config === undefined
          ? await apiGet(options.socket, '/v1/render', { accepts: isRenderJson })
          : await renderOffline(options.config);
      if (options.json) printJson(context, { files });
      else context.out(files.map(({ path, text }) => `# ${path}\n${text}`).join('\n'));
    });
}
