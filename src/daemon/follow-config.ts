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
  const { problems } = engine.state;
  let turn: Promise<void> = Promise.resolve();
  let latest: ConfigChange | undefined;
  let retry: NodeJS.Timeout | undefined;

  function takeInTurn(change: ConfigChange): void {
    latest = change;
    turn = turn.then(() => take(change));
  }

  function refuse(error: FlockError): void {
    // The same failure of a retry is not reported again.
    if (problems.get('config')?.message !== error.message) log.error({ code: error.code }, error.message);
    problems.set('config', { code: error.code, message: error.message });
  }

  async function take(change: ConfigChange): Promise<void> {
    clearTimeout(retry);
    if ('error' in change) return refuse(change.error);
    const next = takeUpLive(started, change.config);
    try {
      await engine.reconfigure(
        next,
        replacedPorts(engine.state.config, next, log, () => new Date()),
      );
    } catch (error) {
      refuse(asFlockError(error));
      // The file is valid, but something that it names does not exist yet. When that appears, the file need not change.
      if (change === latest) retry = setTimeout(takeInTurn, retryMs, change).unref();
      return;
    }
    await templates.follow(next);
    await metrics.follow(next);
    const waiting = restartKeys(started, change.config);
    if (waiting.length === 0) problems.delete('config');
    else {
      const message = `${waiting.join(', ')} changed in ${path}: restart flockd to apply that`;
      problems.set('config', { code: 'restartNeeded', message });
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
      clearTimeout(retry);
      watch.close();
    },
  };
}
