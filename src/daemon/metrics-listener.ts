import { Retry } from '../async/retry.ts';
import { SerialQueue } from '../async/serial-queue.ts';
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
  const problems = engine.state.problems.of('metrics');
  let wanted: Config['metrics'];
  let server: MetricsServer | undefined;
  const retry = new Retry({ firstMs: RETRY_MS });
  /** A retry and a change of the configuration must not mix. */
  const turns = new SerialQueue();

  async function close(): Promise<void> {
    retry.cancel();
    await server?.close();
    server = undefined;
    problems.clear();
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
      problems.clear();
      log.info({ host, port }, 'serving metrics');
    } catch (error) {
      const message = `metrics.listen: cannot listen on ${host} port ${port}: ${errorText(error)}`;
      // The same failure of a retry is no news.
      if (problems.set('metricsUnavailable', message)) log.error({ err: error }, message);
      retry.later(() => turns.run(open));
    }
  }

  return {
    follow: ({ metrics }) =>
      turns.run(async () => {
        if (metrics?.host === wanted?.host && metrics?.port === wanted?.port) return;
        await close();
        wanted = metrics;
        await open();
      }),
    close: () => {
      wanted = undefined;
      return turns.run(close);
    },
  };
}
