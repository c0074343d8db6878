import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createPublisher } from '../bird/publish/publisher.ts';
import { BirdClient } from '../bird-control/index.ts';
import { pokeAfterConfigure } from '../bird-control/poke.ts';
import type { Config } from '../config/types.ts';
import { refuseUnbuilt } from '../config/unbuilt.ts';
import type { BirdPorts, ReplaceablePorts } from '../engine/context.ts';
import { FlockError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { quoteText } from '../model/printable.ts';
import { DirectoryPodSource } from '../pods/directory/directory.ts';
import type { PodSource } from '../pods/pod-source.ts';

/** The way to BIRD: its socket and its files. */
export function birdPorts(config: Config, log: Logger, now: () => Date): BirdPorts {
  const control = new BirdClient({
    // The engine's watch tries to connect; passes must not wait for a BIRD that hangs.
    failFast: true,
    socket: config.bird.socket,
    onNote: (text) => log.info({ text: quoteText(text, 500) }, 'BIRD says'),
  });
  const poke = () => {
    pokeAfterConfigure(control);
  };
  const { config: main, mode } = config.bird;
  // Next to flockd's socket, which on every systemd host is on a separate file system, in a folder that everyone may
  // enter.
  const otherPlace = dirname(config.socket);
  return { control, publisher: createPublisher({ config: main, mode, control, now, log, poke, otherPlace }) };
}

/** Where pods come from. @throws FlockError `configurationInvalid` for a source that this version does not have. */
export function podSource(config: Config): PodSource {
  refuseUnbuilt(config);
  return new DirectoryPodSource({ directory: config.pods.directory });
}

/**
 * The ports that another configuration needs: only those whose paths or mode differ.
 * @throws FlockError `configurationInvalid` for a folder of manifests that does not exist: every pod would become
 * unknown and every claim would be withdrawn because of a typing error. At the start it may still appear.
 */
export function replacedPorts(running: Config, next: Config, log: Logger, now: () => Date): Partial<ReplaceablePorts> {
  const bird = (['socket', 'config', 'mode'] as const).some((key) => running.bird[key] !== next.bird[key]);
  const pods = running.pods.directory !== next.pods.directory;
  if (pods && !existsSync(next.pods.directory)) {
    const message = `pods.directory: ${next.pods.directory} does not exist; create it first, ${running.pods.directory} stays in use`;
    throw new FlockError('configurationInvalid', message);
  }
  return { ...(bird ? birdPorts(next, log, now) : {}), ...(pods ? { source: podSource(next) } : {}) };
}
