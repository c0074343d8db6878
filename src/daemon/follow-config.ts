import { Retry } from '../async/retry.ts';
import { SerialQueue } from '../async/serial-queue.ts';
import { restartKeys, takeUpLive } from '../config/restart-keys.ts';
import type { Config } from '../config/types.ts';
import { type ConfigChange, type ConfigWatch, watchConfig } from '../config/watch.ts';
import type { Engine } from '../engine/engine.ts';
import { asFlockError, type FlockError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { replacedPorts } from './build.ts';
import type { TemplateFollower } from './follow-templates.ts';
import type { MetricsListener } from './metrics-listener.ts';

/** Milliseconds between attempts to apply a configuration that cannot be applied for a reason outside its file. */
const RETRY_MS = 10_000;

/**
 * Applies changes of the configuration file to the running daemon. A file that cannot be applied changes nothing and is
 * a problem in `status` until it can.
 * @param started the configuration that the daemon started with, whose restart keys stay in force.
 * @param retryMs milliseconds until the next attempt after a failure whose cause is outside the file.
 */
export function followConfig(
  path: string,
  started: Config,
  engine: Engine,
  { metrics, templates }: { readonly metrics: MetricsListener; readonly templates: TemplateFollower },
  log: Logger,
  retryMs = RETRY_MS,
): ConfigWatch {
  const problems = engine.state.problems.of('configuration');
  const turns = new SerialQueue();
  const retry = new Retry({ firstMs: retryMs });
  let latest: ConfigChange | undefined;

  function takeInTurn(change: ConfigChange): void {
    latest = change;
    void turns.run(() => take(change));
  }

  function refuse(error: FlockError): void {
    // The same failure of a retry is no news.
    const code = error.code === 'configurationInvalid' ? error.code : 'internal';
    if (problems.set(code, error.message)) log.error({ code: error.code }, error.message);
  }

  async function take(change: ConfigChange): Promise<void> {
    retry.cancel();
    if ('error' in change) return refuse(change.error);
    const next = takeUpLive(started, change.config);
    try {
      await engine.reconfigure(
        next,
        replacedPorts(engine.state.config, next, log, () => new Date()),
      );
    } catch (error) {
      refuse(asFlockError(error));
      // The file is right, and what it names is not there yet. When it comes the file need not change.
      if (change === latest) retry.later(() => takeInTurn(change));
      return;
    }
    await templates.follow(next);
    await metrics.follow(next);
    const waiting = restartKeys(started, change.config);
    if (waiting.length === 0) problems.clear();
    else {
      const message = `${waiting.join(', ')} changed in ${path}: restart flockd to take that up`;
      problems.set('restartNeeded', message);
      log.warn({ keys: waiting }, message);
    }
    log.info({ path }, 'configuration applied');
  }

  const watch = watchConfig({
    path,
    current: started,
    onChange: takeInTurn,
    onWatchFault: (fault) =>
      fault === undefined
        ? log.info({}, `${path} is watched again`)
        : log.error({}, `${path} cannot be watched, and is read every second: ${fault}`),
  });
  return {
    close() {
      latest = undefined;
      retry.cancel();
      watch.close();
    },
  };
}
