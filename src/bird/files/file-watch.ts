import { fileStamp } from './file-operations.ts';
import type { PublishPaths } from './paths.ts';
import type { Placed } from './placed-files.ts';

/** How often the files are checked, in milliseconds: three calls of stat(2). */
const LOOK_MS = 1_000;

/** Reports when the files have to be published again. */
export interface FileWatch {
  /** The stamp of the file that BIRD is started with; to be taken before the file is read. */
  mainStamp(): string | undefined;
  /**
   * What to wait for after a publish, besides another program or person writing a file of ours: that the file which
   * BIRD is started with has another stamp than this one, or only for the next check, for a disk that may work again by
   * then.
   */
  after(publish: { readonly main?: { readonly stamp: string | undefined }; readonly again: boolean }): void;
  close(): void;
}

/**
 * Checks once a second. What others write counts when it has been the same for two checks: an editor may be in the
 * middle of it. No event of the file system is waited for, since these may be lost, and a second is soon enough.
 */
export function createFileWatch({ main }: PublishPaths, placed: Placed, onChange: () => void): FileWatch {
  let awaited: { readonly stamp: string | undefined } | undefined;
  let again = false;
  let seen: string | undefined;
  let told: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function mainStamp(): string | undefined {
    try {
      return fileStamp(main);
    } catch {
      return undefined; // A folder that we may not enter: the code that reads the file reports it.
    }
  }

  /** Whether others have written a file of ours and finished a second ago, and this was not reported yet. */
  function isEdited(): boolean {
    const { touched } = placed;
    const now = touched.config || touched.announcements ? JSON.stringify(placed.stamps()) : undefined;
    const isSettled = now !== undefined && now === seen && now !== told;
    seen = now;
    if (isSettled) told = now;
    return isSettled;
  }

  function look(): void {
    const isMainWritten = awaited !== undefined && mainStamp() !== awaited.stamp;
    if (isMainWritten) awaited = undefined;
    if (isEdited() || isMainWritten || again) onChange();
  }

  return {
    mainStamp,
    after(publish) {
      awaited = publish.main;
      again = publish.again;
      timer ??= setInterval(look, LOOK_MS).unref();
    },
    close() {
      clearInterval(timer);
    },
  };
}
