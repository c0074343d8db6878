import type { Clock } from '../../async/clock.ts';
import { SerialQueue } from '../../async/serial-queue.ts';
import { errorText } from '../../errors.ts';
import { EMPTY_SET } from '../files/live-set.ts';
import { previousOf } from '../files/paths.ts';
import { readable } from '../files/placed-files.ts';
import type { PublishResult } from '../types.ts';
import { ask, obey } from './carry-out.ts';
import { type Effect, type Event, isNotice, isOrder, type Notice, type Request } from './machine/effects.ts';
import { advance, initialState, type PublishState } from './machine.ts';
import type { Means } from './means.ts';

/** What the machine needs besides the disk and BIRD. */
interface QueueOptions {
  readonly means: Means;
  readonly clock: Clock;
  /** The present moment, for people. */
  readonly now: () => Date;
  readonly poke: () => void;
  readonly onPublishAgain: () => void;
}

/** Holds the machine's state, and serves one request after the other, each to its end. */
interface Queue {
  readonly state: PublishState;
  /** In turn. @param texts that it may put into `bird.conf`. @returns what a publish answers. @throws a defect. */
  serve(request: () => Request, texts?: readonly (string | undefined)[]): Promise<PublishResult | undefined>;
  /** At once: what asks nothing of the disk or BIRD. */
  take(request: Request): void;
}

export function createQueue({ means, clock, now, poke, onPublishAgain }: QueueOptions): Queue {
  const { paths, placed, log } = means;
  let state = initialState(paths);
  const turns = new SerialQueue();
  let callOff = (): void => {};

  function decide(event: Event): readonly Effect[] {
    const done = advance(state, event, { date: now(), ms: clock.ms() });
    state = done.state;
    return done.effects;
  }

  /** One wake-up is enough: a new one replaces it. */
  function wake(afterMs: number): void {
    callOff();
    callOff = clock.after(afterMs, () => {
      serve(() => ({ kind: 'wake' })).catch((error: unknown) => {
        log.error({ err: error }, `cannot go on with the trial of ${paths.config}: ${errorText(error)}`);
      });
    });
  }

  /** @returns what a publish answers. */
  function notice(told: Notice): PublishResult | undefined {
    if (told.kind === 'answer') return told.result;
    if (told.kind === 'publishAgain') onPublishAgain();
    else if (told.kind === 'wake') wake(told.afterMs);
    else poke();
    return undefined;
  }

  async function carryOut(request: Request): Promise<PublishResult | undefined> {
    const events: Event[] = [request];
    let result: PublishResult | undefined;
    let defect: { readonly error: unknown } | undefined;
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      // The machine logs the defects of what has no caller.
      if (event.kind === 'broken' && request.kind === 'publish') defect = { error: event.error };
      for (const effect of decide(event)) {
        if (isNotice(effect)) result = notice(effect) ?? result;
        else if (isOrder(effect)) events.push(...[obey(effect, means)].filter((left) => left !== undefined));
        else events.push(await ask(effect, means));
      }
    }
    if (defect !== undefined) throw defect.error;
    return result;
  }

  /** Notes what is left on the disk, so that it is not taken for an edit by others. */
  async function noting<T>(texts: readonly (string | undefined)[], work: () => Promise<T>): Promise<T> {
    const before = JSON.stringify(placed.stamps());
    const previous = state.trial === undefined ? undefined : readable(previousOf(paths.config));
    return work().finally(() => {
      if (JSON.stringify(placed.stamps()) === before && placed.config !== undefined) return;
      placed.note([...texts, state.inForce?.config, previous, EMPTY_SET]);
    });
  }

  function serve(request: () => Request, texts: readonly (string | undefined)[] = []): ReturnType<Queue['serve']> {
    return turns.run(() => noting(texts, () => carryOut(request())));
  }

  return {
    get state() {
      return state;
    },
    serve,
    take(request) {
      for (const effect of decide(request)) if (isOrder(effect)) obey(effect, means);
    },
  };
}
