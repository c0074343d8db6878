import { restartKeys, takeUpLive } from '../config/restart-keys.ts';
import type { Config } from '../config/types.ts';
import { type ConfigChange, type ConfigWatch, watchConfig } from '../config/watch.ts';
import type { Engine } from '../engine/engine.ts';
import { asFlockError, type FlockError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { replacedPorts } from './build.ts';
import type { MetricsListener } from './metrics-listener.ts';

/**
 * Keeps the running daemon in step with its file. A file that cannot be taken up changes nothing and is a problem in
 * `status` until it can.
 * @param started the configuration that the daemon started with, whose restart keys stay in force.
 */
export function followConfig(
  path: string,
  started: Config,
  engine: Engine,
  metrics: MetricsListener,
  log: Logger,
): ConfigWatch {
  const { problems } = engine.state;
  let turn: Promise<void> = Promise.resolve();

  function refuse(error: FlockError): void {
    log.error({ code: error.code }, error.message);
    problems.set('config', { code: error.code, message: error.message });
  }

  async function take(change: ConfigChange): Promise<void> {
    if ('error' in change) return refuse(change.error);
    problems.delete('config');
    const waiting = restartKeys(started, change.config);
    if (waiting.length > 0) {
      const message = `${waiting.join(', ')} changed in ${path}: restart flockd to take that up`;
      problems.set('config', { code: 'restartNeeded', message });
      log.warn({ keys: waiting }, message);
    }
    const next = takeUpLive(started, change.config);
    try {
      await engine.reconfigure(
        next,
        replacedPorts(engine.state.config, next, log, () => new Date()),
      );
    } catch (error) {
      return refuse(asFlockError(error));
    }
    await metrics.follow(next);
    log.info({ path }, 'configuration taken up');
  }

  return watchConfig({
    path,
    current: started,
    onChange: (change) => {
      turn = turn.then(() => take(change));
    },
    onWatchError: (error) => log.error({ err: error }, `${path} cannot be watched; it is read every 10 seconds`),
  });
}
