import { readFileSync } from 'node:fs';
import { decodeAllocations } from '../allocation/file/file-format.ts';
import { type PublishPaths, publishPaths } from '../bird/files/paths.ts';
import { isOurs, peerProtocol } from '../bird/names.ts';
import { renderAnnouncements } from '../bird/render/announcements.ts';
import { createConfigRenderer } from '../bird/render/render.ts';
import type { Locate } from '../bird/templates/template-lines.ts';
import { readHostFacts } from '../bird/view/host-facts.ts';
import type { Running } from '../bird-control/running.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { openKernel } from '../kernel/kernel.ts';
import { type Address, parseAddress } from '../model/address.ts';
import { askProtocols } from './ask-protocols.ts';

/** What a configuration renders to on this host. */
export interface OfflineRendering {
  readonly config: Config;
  readonly paths: PublishPaths;
  /** Text of `bird.conf`. */
  readonly text: string;
  /** Maps the lines of the text to template lines. */
  readonly locate: Locate;
  /** What BIRD runs now, if it could be asked. */
  readonly running: Running;
}

/**
 * Renders a configuration on this host without the daemon, as the daemon would: a session keeps its source address, for
 * which BIRD is asked.
 * @param path of `flock.yaml`.
 * @throws FlockError `configurationInvalid`.
 */
export async function renderOffline(path: string): Promise<OfflineRendering> {
  const config = await loadConfig(path);
  const kernel = openKernel();
  try {
    const running = await askProtocols(config.bird.socket);
    const inUse = { routerId: rememberedRouterId(config), sourceAddresses: sourcesInUse(config, running) };
    const facts = await readHostFacts(kernel, config, inUse);
    const renderer = createConfigRenderer(config.bird.templates);
    const text = renderer.render({ config, facts });
    const paths = publishPaths(config.bird.config, config.bird.mode);
    return { config, paths, text, locate: renderer.locate, running };
  } finally {
    kernel.close();
  }
}

/**
 * The announcements as far as known without the daemon, since only that knows which pods are ready: those in place,
 * else none.
 * @param live text of the file in place; undefined when there is none.
 */
export function knownAnnouncements(live: string | undefined): string {
  return live !== undefined && isOurs(live) ? live : renderAnnouncements([]);
}

/** The source addresses of established sessions, by peer name. */
function sourcesInUse(config: Config, { protocols = [] }: Running): ReadonlyMap<string, Address> {
  const sources = new Map<string, Address>();
  for (const { name } of config.bgp.peers) {
    const session = protocols.find((protocol) => protocol.name === peerProtocol(name));
    const source = parseAddress(session?.bgp?.sourceAddress ?? '');
    if (source !== undefined) sources.set(name, source);
  }
  return sources;
}

/** The router id in the state file, which outlives the address that it was taken from; reading it changes nothing. */
function rememberedRouterId(config: Config): Address | undefined {
  let text: string;
  try {
    text = readFileSync(config.state, 'utf8');
  } catch {
    return undefined; // No daemon has run here, or the file is not ours: then the host's address is used.
  }
  const decoded = decodeAllocations(text, config.node);
  return decoded.ok ? decoded.state.routerId : undefined;
}
