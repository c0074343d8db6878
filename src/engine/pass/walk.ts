import type { HostRefresh } from './host-refresh.ts';
import type { Reconciler } from './pass.ts';

/** What a walk works with. */
interface WalkSurroundings {
  readonly refresh: Pick<HostRefresh, 'refresh'>;
  readonly reconciler: Reconciler;
  /** Asks for the next walk. */
  readonly wake: () => void;
  /** Called at the end of each walk, well or not. */
  readonly onEnd: () => void;
}

/** What the loop runs: the host is read, then the line is walked. */
export interface Walk {
  /**
   * @param since when the event came that it is for, on the clock of `performance`.
   * @throws whatever must be tried again.
   */
  run(since: number): Promise<void>;
  /** Resolves when BIRD has answered the first publish, or `stopWaiting` was called. */
  readonly firstPublish: Promise<void>;
  stopWaiting(): void;
  /** Asks for no further walk. */
  stop(): void;
}

export function createWalk({ refresh, reconciler, wake, onEnd }: WalkSurroundings): Walk {
  const published = Promise.withResolvers<void>();
  let due: NodeJS.Timeout | undefined;
  return {
    async run(since) {
      // A host that cannot be read holds back no withdrawal: the pass continues with what was read last.
      const [read] = await Promise.allSettled([refresh.refresh()]);
      if (read.status === 'fulfilled') reconciler.forgetLinks(read.value);
      try {
        await reconciler.pass(since);
      } finally {
        if (reconciler.lastResult !== undefined) published.resolve();
        onEnd();
        clearTimeout(due);
        const { nextDue } = reconciler;
        if (nextDue !== undefined) due = setTimeout(wake, nextDue).unref();
      }
      if (read.status === 'rejected') throw read.reason;
    },
    firstPublish: published.promise,
    stopWaiting: () => published.resolve(),
    stop: () => clearTimeout(due),
  };
}
