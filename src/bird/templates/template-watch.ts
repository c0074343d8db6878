import { join } from 'node:path';
import { FlockError } from '../../errors.ts';
import { type FolderState, nextFolderState, UNREAD } from '../../files/folder-state.ts';
import { readFolder } from '../../files/read-folder.ts';
import { createSettledReader } from '../../files/settled-reader.ts';
import { watchPath } from '../../files/watch-path.ts';
import { PACKAGED_TEMPLATES, readTemplates, type TemplateReading } from './templates.ts';

/** What to watch, and the callbacks. */
interface TemplateWatchOptions {
  /** The operator's folder; it may be missing, and may appear and disappear. */
  readonly overlay: string;
  readonly packaged?: string;
  /** Called with the first reading, and then once for every reading that differs from the last. */
  onReading(reading: TemplateReading): void;
  /**
   * A folder cannot be watched: why, and what to do. It is checked every second instead. Undefined: it can be watched
   * again.
   */
  onWatchFault(fault: string | undefined): void;
}

/** A running watch. Changes are noticed from its creation on. */
export interface TemplateWatch {
  /** Ends the watch; no callback is called afterwards. */
  close(): void;
}

/**
 * Watches the operator's templates and the packaged ones. If the file system of the operator's templates is unmounted,
 * they count as unreadable, instead of being replaced by the packaged ones. A reading counts once all templates have
 * read the same until they have settled: a file written in place is seen empty and half written, and one that an editor
 * replaces is gone for a moment; both may be a valid set, but not the intended one.
 */
export function watchTemplates(options: TemplateWatchOptions): TemplateWatch {
  const { overlay, packaged = PACKAGED_TEMPLATES } = options;
  let state = UNREAD;
  let overlaid = 0;
  let turn: NodeJS.Immediate | undefined;

  const reader = createSettledReader({
    read: () => {
      state = nextFolderState(state, readFolder(overlay, isVisible).reading, overlaid);
      return unmounted(overlay, state) ?? readTemplates(overlay, packaged);
    },
    keyOf,
    onSettled: (reading) => {
      if ('set' in reading) overlaid = reading.set.overlaid.length;
      options.onReading(reading);
    },
  });
  // All folders are checked with each of them, and several wake in one turn.
  const wake = (): void => {
    turn ??= setImmediate(() => {
      turn = undefined;
      reader.refresh();
    });
  };

  // A watch covers the files of one folder, not those of its subfolders.
  const watches = [overlay, join(overlay, 'partials'), packaged, join(packaged, 'partials')].map((path) =>
    watchPath({ path, onWake: wake, onFault: options.onWatchFault }),
  );
  reader.refresh();
  return {
    close() {
      reader.close();
      clearImmediate(turn);
      for (const watch of watches) watch.close();
    },
  };
}

function isVisible(name: string): boolean {
  return !name.startsWith('.');
}

/** The reading of a folder that is empty or missing because its file system was unmounted; undefined when it is not. */
function unmounted(folder: string, { kind, detail }: FolderState): TemplateReading | undefined {
  if (detail === undefined || (kind !== 'missing' && kind !== 'unmounted')) return undefined;
  const message = `templates in ${folder} cannot be read: the file system on ${detail} was unmounted; mount it, or restart flockd if there are to be none`;
  return { error: new FlockError('configurationInvalid', message) };
}

/** Equal for readings that no listener could tell apart. */
function keyOf(reading: TemplateReading): string {
  if ('error' in reading) return `error ${reading.error.message}`;
  const { files, packaged, unused } = reading.set;
  return JSON.stringify([[...files.values()], [...packaged.values()], unused]);
}
