import { stampOf } from './file-operations.ts';
import type { PublishPaths } from './paths.ts';
import type { Placed } from './placed-files.ts';

/** How often the files are looked at, in milliseconds: three calls of stat(2). */
const LOOK_MS = 1_000;

/** Tells when the files have to be published again. */
export interface FileWatch {
  /** What tells that the file that BIRD is started with was written; to be taken before it is read. */
  mainStamp(): string | undefined;
  /**
   * What to wait for after a publish, beside somebody else writing a file of ours: that the file which BIRD is started
   * with has another stamp than this one, or only for the next look, for a disk that may work again by then.
   */
  after(publish: { readonly main?: { readonly stamp: string | undefined }; readonly again: boolean }): void;
  close(): void;
}

/**
 * Looks once a second. What somebody else writes counts when it has been the same for two looks: an editor may be in the
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
      return stampOf(main);
    } catch {
      return undefined; // A folder that is closed to us: whoever reads the file says so.
    }
  }

  /** Whether somebody else has written a file of ours, has been done with it for a second, and was not told of yet. */
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
