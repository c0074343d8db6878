import type { Config } from '../config/types.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type MetricsServer, serveMetrics } from '../status/metrics.ts';
import { statusJson } from '../status/snapshot.ts';

/** The metrics listener as the configuration wants it: none, one, or one elsewhere. */
export interface MetricsListener {
  /** Never rejects: an address that cannot be had is a problem in `status`, not a reason to stop routing. */
  follow(config: Config): Promise<void>;
  close(): Promise<void>;
}

export function createMetricsListener(engine: Engine, log: Logger): MetricsListener {
  let server: MetricsServer | undefined;
  let listening: string | undefined;

  async function close(): Promise<void> {
    await server?.close();
    server = undefined;
    listening = undefined;
  }

  return {
    async follow({ metrics }) {
      const wanted = metrics === undefined ? undefined : `${metrics.host} port ${metrics.port}`;
      if (wanted === listening) return;
      await close();
      engine.state.problems.delete('metrics');
      if (metrics === undefined) return;
      try {
        server = await serveMetrics(metrics, () => statusJson(engine.snapshot()));
        listening = wanted;
        log.info({ ...metrics }, 'serving metrics');
      } catch (error) {
        const message = `metrics.listen: cannot listen on ${wanted}: ${errorText(error)}`;
        engine.state.problems.set('metrics', { code: 'metricsUnavailable', message });
        log.error({ err: error }, message);
      }
    },
    close,
  };
}
