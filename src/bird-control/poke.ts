import type { BirdControl } from './types.ts';

/**
 * When to wake BIRD, in milliseconds. BIRD 2.0.12 may leave an UPDATE unsent for up to 3 s, until something arrives on
 * any of its sockets (fixed in 2.14, "Fix race condition in event processing"). 1 ms is too early; the later ones are
 * for refeeds that take longer.
 */
export const POKE_SCHEDULE_MS: readonly number[] = [5, 50, 250, 1_000];

const pending = new WeakMap<object, () => void>();

/**
 * Sends `show status` at the given times; call it after each `configure` and when a session comes up. A newer call for
 * the same client replaces an older one. Nothing is sent to a BIRD that is not connected, nor while the previous poke
 * is unanswered. The timers do not keep the process alive.
 *
 * @param schedule delays from now, in milliseconds
 * @param onError receives the error of a failed poke; the connection's listeners are notified of a broken connection
 * all the same
 * @returns a function that ends it early
 */
export function pokeAfterConfigure(
  client: Pick<BirdControl, 'connected' | 'showStatus'>,
  schedule: readonly number[] = POKE_SCHEDULE_MS,
  onError: (error: unknown) => void = () => {},
): () => void {
  pending.get(client)?.();
  let unanswered = false;
  const poke = async (): Promise<void> => {
    if (unanswered || !client.connected) return;
    unanswered = true;
    try {
      await client.showStatus();
    } catch (error) {
      onError(error);
    } finally {
      unanswered = false;
    }
  };
  const timers = schedule.map((delay) => setTimeout(poke, delay).unref());
  const cancel = (): void => {
    for (const timer of timers) clearTimeout(timer);
  };
  pending.set(client, cancel);
  return cancel;
}
