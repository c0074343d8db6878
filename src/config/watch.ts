import { hostname as osHostname } from 'node:os';
import { asFlockError, type FlockError } from '../errors.ts';
import { readText, type TextReading } from '../files/read-text.ts';
import { watchPath } from '../files/watch-path.ts';
import { MAX_CONFIG_BYTES, parseReading } from './load.ts';
import type { Config } from './types.ts';

/** What a change of the file came to. An error changes nothing: the configuration taken up last stays in force. */
export type ConfigChange = { readonly config: Config } | { readonly error: FlockError };

/** What to watch, and whom to tell. */
export interface ConfigWatchOptions {
  readonly path: string;
  /** The configuration in force. */
  readonly current: Config;
  /** Called once for every outcome that differs from the last one. */
  onChange(change: ConfigChange): void;
  /** The file cannot be watched; it is still looked at every 10 seconds. */
  onWatchError(error: Error): void;
  /** Name of the host, for `node`. */
  readonly hostname?: string;
}

/** A running watch. */
export interface ConfigWatch {
  /** When changes from now on are seen. A change made before that is found as well. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * How long a file must read the same before it counts, in milliseconds. A file written in place is seen empty and half
 * written; half a configuration may be valid, and would drop a peer.
 */
const SETTLE_MS = 100;

/** Watches the configuration file: written in place, replaced, removed, put back. */
export function watchConfig(options: ConfigWatchOptions): ConfigWatch {
  const { path, hostname = osHostname() } = options;
  let told = outcomeKey({ config: options.current });
  let judged: TextReading | undefined;
  let seen: TextReading | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const judge = (reading: TextReading): void => {
    if (judged !== undefined && sameReading(judged, reading)) return;
    judged = reading;
    const change = changeOf(reading, path, hostname);
    const key = outcomeKey(change);
    if (key === told) return;
    told = key;
    options.onChange(change);
  };
  const settle = (): void => {
    timer = undefined;
    const reading = readText(path, MAX_CONFIG_BYTES);
    const settled = seen !== undefined && sameReading(seen, reading);
    seen = reading;
    if (settled) judge(reading);
    else timer = setTimeout(settle, SETTLE_MS);
  };
  const wake = (): void => {
    if (closed || timer !== undefined) return;
    seen = undefined;
    settle();
  };

  const watch = watchPath({ path, onWake: wake, onError: options.onWatchError });
  return {
    ready: watch.ready.then(wake),
    async close() {
      closed = true;
      clearTimeout(timer);
      await watch.close();
    },
  };
}

function changeOf(reading: TextReading, path: string, hostname: string): ConfigChange {
  try {
    return { config: parseReading(reading, path, hostname) };
  } catch (error) {
    return { error: asFlockError(error) };
  }
}

/** Equal for outcomes that are the same to everybody. A configuration is plain data. */
function outcomeKey(change: ConfigChange): string {
  return 'config' in change ? JSON.stringify(change.config) : `error ${change.error.message}`;
}

function sameReading(a: TextReading, b: TextReading): boolean {
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text;
  if (a.kind === 'unreadable' && b.kind === 'unreadable') return a.message === b.message;
  return a.kind === b.kind && a.kind === 'missing';
}
