import { rmSync } from 'node:fs';

/** A lab as the exit hooks see it. */
interface Disposable {
  readonly dir: string;
  disposeNow(): void;
}

const living = new Set<Disposable>();
let hooked = false;

/** Disposes every living lab, synchronously; one that fails does not keep the others. */
function disposeAll(): void {
  for (const lab of living) {
    living.delete(lab);
    try {
      lab.disposeNow();
    } catch (error) {
      console.error(error);
    }
    rmSync(lab.dir, { recursive: true, force: true });
  }
}

/** Cleans up and dies of the same signal, so that the parent sees what happened. */
function onSignal(signal: NodeJS.Signals): void {
  disposeAll();
  process.removeListener(signal, onSignal);
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/** Has the lab cleaned up when this process exits: at its end, on an uncaught exception, on SIGINT, SIGTERM and SIGHUP. */
export function rememberLab(lab: Disposable): void {
  living.add(lab);
  if (hooked) return;
  hooked = true;
  process.on('exit', disposeAll); // Also runs for an uncaught exception, but never for a signal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

/** The lab has been disposed in the orderly way. */
export function forgetLab(lab: Disposable): void {
  living.delete(lab);
}
