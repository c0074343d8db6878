import { expect } from 'vitest';
import type { RouteMonitor } from '../../lab/route-monitor.ts';
import type { Window } from './observer.ts';

/** How `ip` prints a prefix: without the length of a host route. */
function asPrinted(prefix: string): string {
  return prefix.replace(/\/(32|128)$/, '');
}

/** What one router's kernel has deleted of these prefixes outside of the times in which its session could be down. */
export function deletions(monitor: RouteMonitor, prefixes: readonly string[], windows: readonly Window[]): string[] {
  const begins = new Set(prefixes.map((prefix) => `Deleted ${asPrinted(prefix)}`));
  const lost = monitor.events(0).filter(({ at, text }) => {
    const [deleted = '', prefix = ''] = text.split(' ');
    return begins.has(`${deleted} ${prefix}`) && !windows.some(({ from, to }) => at >= from && at <= to);
  });
  return lost.map(({ at, text }) => `${new Date(at).toISOString()} ${text}`);
}

/**
 * What the routers' logs tell of BGP, their kernels tell of forwarding: a prefix that was to be there all the time was.
 * @param steady prefixes of pools and of pods that were ready from the beginning to the end.
 */
export function expectNoLossInKernel(
  monitors: ReadonlyMap<string, RouteMonitor>,
  steady: readonly string[],
  windows: readonly Window[],
): void {
  for (const [router, monitor] of monitors) {
    const permitted = windows.filter((window) => window.router === router);
    expect(deletions(monitor, steady, permitted), `${router}: what its kernel has lost`).toEqual([]);
  }
}
