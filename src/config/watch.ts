import { hostname as osHostname } from 'node:os';
import { ToldOnce } from '../async/told-once.ts';
import { asFlockError, type FlockError } from '../errors.ts';
import { readText, type TextReading } from '../files/read-text.ts';
import { createSettledReader } from '../files/settled-reader.ts';
import { watchPath } from '../files/watch-path.ts';
import { MAX_CONFIG_BYTES, parseReading } from './load.ts';
import type { Config } from './types.ts';

/** The outcome of a change of the file. An error changes nothing: the last configuration applied stays in force. */
export type ConfigChange = { readonly config: Config } | { readonly error: FlockError };

/** What to watch, and the callbacks. */
interface ConfigWatchOptions {
  readonly path: string;
  /** The configuration in force. */
  readonly current: Config;
  /** Called once for every outcome that differs from the last one. */
  onChange(change: ConfigChange): void;
  /**
   * The file cannot be watched: why, and what to do. It is checked every second instead. Undefined: it can be watched
   * again.
   */
  onWatchFault(fault: string | undefined): void;
  /** Name of the host, for `node`. */
  readonly hostname?: string;
}

/** A running watch. Changes are noticed from its creation on; one between loading and that is found as well. */
export interface ConfigWatch {
  close(): void;
}

/**
 * Watches the configuration file: written in place, replaced, removed, put back. A reading counts once the file has
 * read the same until it has settled: half a configuration may be valid, and would drop a peer.
 */
export function watchConfig(options: ConfigWatchOptions): ConfigWatch {
  const { path, hostname = osHostname() } = options;
  const outcomes = new ToldOnce(outcomeKey({ config: options.current }));
  const reader = createSettledReader({
    read: () => readText(path, MAX_CONFIG_BYTES),
    keyOf: readingKey,
    onSettled: (reading) => {
      const change = changeOf(reading, path, hostname);
      // Two texts may mean the same.
      if (outcomes.isNews(outcomeKey(change))) options.onChange(change);
    },
  });
  const watch = watchPath({ path, onWake: reader.refresh, onFault: options.onWatchFault });
  reader.refresh();
  return {
    close() {
      reader.close();
      watch.close();
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

/** Equal for outcomes that no listener could tell apart. A configuration is plain data. */
function outcomeKey(change: ConfigChange): string {
  return 'config' in change ? JSON.stringify(change.config) : `error ${change.error.message}`;
}

/** Equal for readings with the same content. */
function readingKey(reading: TextReading): string {
  if (reading.kind === 'missing') return reading.kind;
  return `${reading.kind} ${reading.kind === 'text' ? reading.text : reading.message}`;
}
