import type { Config } from '../config/types.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type MetricsServer, serveMetrics } from '../report/metrics.ts';
import { statusJson } from '../report/snapshot.ts';

/**
 * Milliseconds between attempts to listen on an address that is not available: at boot it may appear with the network.
 */
const RETRY_MS = 10_000;

/** The metrics listener as configured: none, one, or one on another address. */
export interface MetricsListener {
  /** Never rejects: an address that is not available is a problem in `status`, not a reason to stop routing. */
  follow(config: Pick<Config, 'metrics'>): Promise<void>;
  close(): Promise<void>;
}

export function createMetricsListener(engine: Engine, log: Logger): MetricsListener {
  const { problems } = engine.state;
  let wanted: Config['metrics'];
  let server: MetricsServer | undefined;
  let retry: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function close(): Promise<void> {
    clearTimeout(retry);
    await server?.close();
    server = undefined;
    problems.delete('metrics');
  }

  async function open(): Promise<void> {
    if (wanted === undefined || server !== undefined) return;
    const { host, port } = wanted;
    try {
      server = await serveMetrics(
        { host, port },
        () => statusJson(engine.snapshot()),
        () => engine.state.released,
      );
      problems.delete('metrics');
      log.info({ host, port }, 'serving metrics');
    } catch (error) {
      const message = `metrics.listen: cannot listen on ${host} port ${port}: ${errorText(error)}`;
      // The same failure of a retry is not reported again.
      if (problems.get('metrics')?.message !== message) log.error({ err: error }, message);
      problems.set('metrics', { code: 'metricsUnavailable', message });
      retry = setTimeout(() => inTurn(open), RETRY_MS).unref();
    }
  }

  /** A retry and a change of the configuration must not overlap. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work);
    return turn;
  }

  return {
    follow: ({ metrics }) =>
      inTurn(async () => {
        if (metrics?.host === wanted?.host && metrics?.port === wanted?.port) return;
        await close();
        wanted = metrics;
        await open();
      }),
    close: () => {
      wanted = undefined;
      return inTurn(close);
    },
  };
}
