import { type TemplateWarning, templateWarnings } from '../bird/templates/template-stamp.ts';
import { type TemplateWatch, watchTemplates } from '../bird/templates/template-watch.ts';
import type { TemplateReading } from '../bird/templates/templates.ts';
import type { Config } from '../config/types.ts';
import type { Engine } from '../engine/engine.ts';
import type { Logger } from '../log.ts';

/** Applies changes of the templates to the running daemon. */
export interface TemplateFollower {
  /** Watches the folder that the configuration names, and from now on only that one. */
  follow(config: { readonly bird: Pick<Config['bird'], 'templates'> }): Promise<void>;
  close(): Promise<void>;
}

/**
 * A changed template is passed to the engine as read; whether it can be used, or why not, shows at the next publish.
 * Lasting problems other than that, such as a template made from an older packaged one, are listed in `status` until
 * corrected.
 */
export function createTemplateFollower(
  engine: Pick<Engine, 'state' | 'useTemplates'>,
  log: Logger,
  packaged?: string,
): TemplateFollower {
  const problems = engine.state.problems.of('templates');
  let folder: string | undefined;
  let watch: TemplateWatch | undefined;

  function take(from: string, reading: TemplateReading): void {
    if (folder !== from) return;
    engine.useTemplates(from, reading);
    if ('error' in reading) return;
    log.info({ folder: from, overlaid: reading.set.overlaid }, 'templates read');
    warn(templateWarnings(reading.set));
  }

  /** Each warning is logged when it appears. */
  function warn(warnings: readonly TemplateWarning[]): void {
    for (const { code, message } of problems.replaceAll(warnings)) log.warn({ code }, message);
  }

  async function close(): Promise<void> {
    folder = undefined;
    const old = watch;
    watch = undefined;
    old?.close();
  }

  return {
    async follow({ bird }) {
      if (folder === bird.templates) return;
      await close();
      const from = bird.templates;
      folder = from;
      watch = watchTemplates({
        overlay: from,
        ...(packaged === undefined ? {} : { packaged }),
        onReading: (reading) => take(from, reading),
        onWatchFault: (fault) =>
          fault === undefined
            ? log.info({}, `${from} is watched again`)
            : log.error({}, `${from} cannot be watched, and is read every second: ${fault}`),
      });
    },
    close,
  };
}
