import { join } from 'node:path';
import { watchPath } from '../../files/watch-path.ts';
import { PACKAGED_TEMPLATES, readTemplates, type TemplateReading } from './templates.ts';

/** What to watch, and whom to tell. */
export interface TemplateWatchOptions {
  /** The operator's folder; it may be missing, and may come and go. */
  readonly overlay: string;
  readonly packaged?: string;
  /** Called with what is read first, and then once for every reading that differs from the last one. */
  onReading(reading: TemplateReading): void;
  /** A folder cannot be watched; it is still looked at every 10 seconds. */
  onWatchError(error: Error): void;
}

/** A running watch. */
export interface TemplateWatch {
  /** When changes from now on are seen. A change made before that is found as well. */
  readonly ready: Promise<void>;
  /** Ends the watch; nothing is called any more. */
  close(): Promise<void>;
}

/**
 * How long all templates must read the same before they count, in milliseconds. A file written in place is seen empty and
 * half written, and one that an editor replaces is gone for a moment; both may be a valid set, and not what was meant.
 */
const SETTLE_MS = 100;

/** Watches the operator's templates and the packaged ones. */
export function watchTemplates(options: TemplateWatchOptions): TemplateWatch {
  const { overlay, packaged = PACKAGED_TEMPLATES } = options;
  let told: string | undefined;
  let seen: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const settle = (): void => {
    timer = undefined;
    const reading = readTemplates(overlay, packaged);
    const key = keyOf(reading);
    if (seen !== key) {
      seen = key;
      timer = setTimeout(settle, SETTLE_MS);
    } else if (told !== key) {
      told = key;
      options.onReading(reading);
    }
  };
  const wake = (): void => {
    if (closed || timer !== undefined) return;
    seen = undefined;
    settle();
  };

  // A watch sees the files of one folder, not those of the folders in it.
  const watches = [overlay, join(overlay, 'partials'), packaged, join(packaged, 'partials')].map((path) =>
    watchPath({ path, onWake: wake, onError: options.onWatchError }),
  );
  return {
    ready: Promise.all(watches.map(({ ready }) => ready)).then(wake),
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
}

/** Equal for readings that are the same to everybody. */
function keyOf(reading: TemplateReading): string {
  if ('error' in reading) return `error ${reading.error.message}`;
  const { files, packaged, unused } = reading.set;
  return JSON.stringify([[...files.values()], [...packaged.values()], unused]);
}
