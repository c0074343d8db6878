/** Milliseconds between two ticks: within a second a watch has noticed that its folder was replaced or mounted over. */
export const TICK_MS = 500;

const listeners = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls back at a steady pace. All listeners share one timer, so that the watches of an idle process wake it once
 * each time and not once each.
 * @returns ends it.
 */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
