/** BIRD's default times (BIRD manual, "BGP": connect delay time, connect retry time), in seconds. */
const DEFAULTS = { delay: 5, retry: 120 };
/** Seconds that a router takes to answer, in addition to BIRD's own delays. */
const MARGIN = 4;
/** Seconds for sessions that are not flockd's, whose times are unknown: three of BIRD's default delays. */
const OPERATORS = 15;

/**
 * Milliseconds that a session may take to be established before that is a problem: until BIRD has tried to connect
 * twice. With the packaged templates 10 seconds.
 * @param text the rendered configuration; undefined when there is none, or the sessions are the operator's.
 */
export function longestConnectMs(text: string | undefined): number {
  if (text === undefined) return OPERATORS * 1_000;
  const longest = (what: 'delay' | 'retry'): number => {
    const found = [...text.matchAll(new RegExp(`\\bconnect ${what} time (\\d{1,5})\\b`, 'g'))].map(([, n]) =>
      Number(n),
    );
    return found.length === 0 ? DEFAULTS[what] : Math.max(...found);
  };
  return (longest('delay') + longest('retry') + MARGIN) * 1_000;
}
