import { openAllocationStore } from '../allocation/file/store.ts';
import { createApiServer } from '../api/server.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigWatch } from '../config/watch.ts';
import { createEngine } from '../engine/engine.ts';
import { openKernel } from '../kernel/kernel.ts';
import type { Logger } from '../log.ts';
import { sdNotify } from '../sd-notify.ts';
import { VERSION } from '../version.ts';
import { apiHandlers } from './api-handlers.ts';
import { birdPorts, podSource } from './build.ts';
import { followConfig } from './follow-config.ts';
import { createTemplateFollower } from './follow-templates.ts';
import { createMetricsListener } from './metrics-listener.ts';
import { random } from './random.ts';

/** How long a stop waits for requests in progress, in milliseconds. */
const STOP_DEADLINE_MS = 5_000;

/**
 * The daemon: builds every room and connects them, then waits for a signal. Stopping changes nothing that is announced,
 * routed or wired.
 * @throws FlockError when it cannot start.
 */
export async function runDaemon(configPath: string, log: Logger): Promise<void> {
  const config = await loadConfig(configPath);
  const now = () => new Date();
  const { store, setAside } = await openAllocationStore(config.state, {
    ...{ node: config.node, now },
    onUnwritten: (refusal) => {
      if (refusal === undefined) log.info({}, `${config.state} is written again`);
      else log.error({ code: 'stateUnwritable' }, refusal);
    },
  });
  const kernel = openKernel();
  const ports = { kernel, store, log, now, random, source: podSource(config), ...birdPorts(config, log, now) };
  const engine = await createEngine(ports, config, VERSION);
  const onTrouble = (message: string | undefined): void => {
    if (message === undefined) engine.state.problems.of('socket').clear();
    else engine.state.problems.of('socket').set('socketUnavailable', message);
  };
  const server = createApiServer({ socket: config.socket, log, onTrouble, handlers: apiHandlers(engine, log) });
  await server.listen();
  const metrics = createMetricsListener(engine, log);
  await metrics.follow(config);
  const templates = createTemplateFollower(engine, log);
  let watch: ConfigWatch | undefined;

  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'stopping; what is announced, routed and wired stays');
    sdNotify('STOPPING=1');
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    await watch?.close();
    await templates.close();
    await server.close();
    await metrics.close();
    await engine.stop();
    engine.current.control.close();
    kernel.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, 'the stop failed');
        process.exit(1);
      });
    });
  }

  await engine.start(setAside);
  await templates.follow(config);
  watch = followConfig(configPath, config, engine, { metrics, templates }, log);
  await engine.firstPublish;
  sdNotify(`READY=1\nSTATUS=node ${config.node}`);
  log.info({ node: config.node, version: VERSION }, 'ready');
}
