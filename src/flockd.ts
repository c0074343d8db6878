import { randomBytes } from 'node:crypto';
import { Command, CommanderError } from 'commander';
import { openAllocationStore } from './allocation/store.ts';
import { createApiServer } from './api/server.ts';
import { createPublisher } from './bird/publish.ts';
import { BirdClient } from './bird-control/index.ts';
import { pokeAfterConfigure } from './bird-control/poke.ts';
import { DEFAULT_CONFIG } from './cli/context.ts';
import { answerCni } from './cni/answer.ts';
import { loadConfig } from './config/load.ts';
import { restartKeys, takeUpLive } from './config/restart-keys.ts';
import { watchConfig } from './config/watch.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { serveCni } from './engine/serve-cni.ts';
import { errorText, FlockError } from './errors.ts';
import { openKernel } from './kernel/kernel.ts';
import { createLogger, type Logger } from './log.ts';
import { DirectorySource } from './pods/directory.ts';
import { sdNotify } from './sd-notify.ts';
import { renderJson } from './status/render.ts';
import { addressesJson, podsJson, statusJson } from './status/snapshot.ts';
import { VERSION } from './version.ts';

/** Exit status for a start that failed: systemd restarts the service (EX_CONFIG of sysexits.h is for bad files). */
const START_FAILED = 1;
const BAD_CONFIGURATION = 78;

/** How long a stop waits for requests in progress, in milliseconds. */
const STOP_DEADLINE_MS = 5_000;

/**
 * The daemon: builds every room and passes it in, then waits for a signal. Stopping changes nothing that is announced,
 * routed or wired.
 */
async function run(configPath: string, log: Logger): Promise<void> {
  const config = await loadConfig(configPath);
  const now = () => new Date();
  const { store, setAside } = await openAllocationStore(config.state, { node: config.node, now });
  const kernel = openKernel();
  const control = new BirdClient({ socket: config.bird.socket });
  const publisher = createPublisher({
    config: config.bird.config,
    control,
    now,
    log,
    poke: () => pokeAfterConfigure(control),
  });
  const source = new DirectorySource({ directory: config.pods.directory, log });
  const engine = await createEngine({ kernel, store, source, publisher, control, log, now, random }, config, VERSION);
  const server = createApiServer({ socket: config.socket, log, handlers: apiHandlers(engine, log) });
  await server.listen();
  const watch = watchConfig({
    path: configPath,
    current: config,
    onChange: (change) => {
      if ('error' in change) {
        log.error({ code: change.error.code }, change.error.message);
        engine.state.problems.set('config', { code: change.error.code, message: change.error.message });
        return;
      }
      const waiting = restartKeys(config, change.config);
      engine.state.problems.delete('config');
      if (waiting.length > 0) {
        const message = `${waiting.join(', ')} changed and take effect with a restart of flockd`;
        engine.state.problems.set('config', { code: 'restartNeeded', message });
        log.warn({ keys: waiting }, message);
      }
      log.info({}, 'configuration changed');
      engine.reconfigure(takeUpLive(config, change.config));
    },
    onWatchError: (error) =>
      log.error({ err: error }, 'the configuration cannot be watched; it is read every 10 seconds'),
  });

  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'stopping; what is announced, routed and wired stays');
    sdNotify('STOPPING=1');
    setTimeout(() => process.exit(START_FAILED), STOP_DEADLINE_MS).unref();
    await watch.close();
    await server.close();
    await engine.stop();
    control.close();
    kernel.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));

  await engine.start(setAside);
  await engine.firstPublish;
  sdNotify(`READY=1\nSTATUS=node ${config.node}`);
  log.info({ node: config.node, version: VERSION }, 'ready');
}

/** A uniformly random whole number from 0 to `limit` - 1: 64 bits more than needed make the bias negligible. */
function random(limit: bigint): bigint {
  const bytes = Math.ceil(limit.toString(2).length / 8) + 8;
  return BigInt(`0x${randomBytes(bytes).toString('hex')}`) % limit;
}

function apiHandlers(engine: Engine, log: Logger) {
  const handle = serveCni(engine);
  return {
    cni: (body: Uint8Array) =>
      answerCni(body, handle, (error, request) => {
        log.warn({ code: error.code, verb: request?.command, err: error.cause }, errorText(error));
      }),
    routes: {
      'GET /v1/status': () => statusJson(engine.snapshot()),
      'GET /v1/pods': () => podsJson(engine.snapshot()),
      'GET /v1/addresses': () => addressesJson(engine.snapshot()),
      'GET /v1/render': () => renderJson(engine.state.config, engine.render()),
    },
  };
}

/** Reads the command line. @returns the path of the configuration, or an exit status. */
function parseArguments(argv: readonly string[]): { readonly config: string; readonly logLevel: string } | number {
  const program = new Command('flockd')
    .description('wires pods to this node and announces their addresses through BIRD while they are Ready')
    .version(VERSION)
    .option('--config <path>', 'the configuration', DEFAULT_CONFIG)
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    program.parse([...argv], { from: 'user' });
    return program.opts();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

const options = parseArguments(process.argv.slice(2));
if (typeof options === 'number') process.exitCode = options;
else {
  const log = createLogger(options.logLevel);
  run(options.config, log).catch((error: unknown) => {
    log.error({ err: error }, `flockd cannot start: ${errorText(error)}`);
    const isConfiguration = error instanceof FlockError && error.code === 'configurationInvalid';
    process.exit(isConfiguration ? BAD_CONFIGURATION : START_FAILED);
  });
}
