import { stampOf } from './files.ts';

/** How often the operator's file is looked at while there is something wrong with it, in milliseconds. */
const LOOK_MS = 1_000;

/** Tells when a file is written that something is wrong with, or that may be the reason for it. */
export interface MainWatch {
  /** What tells that the file was written; to be taken before it is read. */
  stamp(): string | undefined;
  /** Calls back, once, when the stamp is not this one any more. */
  arm(stamp: string | undefined): void;
  disarm(): void;
}

/** @param path of the file that BIRD is started with. */
export function createMainWatch(path: string, onChange: () => void): MainWatch {
  let timer: NodeJS.Timeout | undefined;
  let known: string | undefined;

  function disarm(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function stamp(): string | undefined {
    try {
      return stampOf(path);
    } catch {
      return undefined; // A folder that is closed to us: whoever reads the file says so.
    }
  }

  function look(): void {
    if (stamp() === known) return;
    disarm();
    onChange();
  }

  return {
    stamp,
    arm(before) {
      known = before;
      timer ??= setInterval(look, LOOK_MS).unref();
    },
    disarm,
  };
}
