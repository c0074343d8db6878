import { readFileSync } from 'node:fs';
import { decodeAllocations } from '../allocation/file-format.ts';
import type { RenderJson } from '../api/types.ts';
import { renderAnnouncements } from '../bird/announcements.ts';
import { createConfigRenderer } from '../bird/render.ts';
import { readHostFacts } from '../bird/view/host-facts.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { renderJson } from '../daemon/render-json.ts';
import { openKernel } from '../kernel/kernel.ts';
import type { Address } from '../model/address.ts';

/**
 * Renders a configuration on this host without the daemon. Which pods are ready only the daemon knows, so the
 * announcements are the empty set.
 * @param path of `flock.yaml`.
 * @throws FlockError `configurationInvalid`.
 */
export async function renderOffline(path: string): Promise<RenderJson> {
  const config = await loadConfig(path);
  const kernel = openKernel();
  try {
    const facts = await readHostFacts(kernel, config, { routerId: rememberedRouterId(config) });
    const text = createConfigRenderer(config.bird.templates).render({ config, facts });
    return renderJson(config, { config: text, announcements: renderAnnouncements([]) });
  } finally {
    kernel.close();
  }
}

/** The router id in the state file, which outlives the address that it was taken from; reading changes nothing. */
function rememberedRouterId(config: Config): Address | undefined {
  let text: string;
  try {
    text = readFileSync(config.state, 'utf8');
  } catch {
    return undefined; // No daemon has run here, or the file is not for us: then the host's address counts.
  }
  const decoded = decodeAllocations(text, config.node);
  return decoded.ok ? decoded.state.routerId : undefined;
}
