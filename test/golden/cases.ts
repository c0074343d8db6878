import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { renderAnnouncements } from '../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import type { RenderedFiles } from '../../src/bird/types.ts';
import { parseConfig } from '../../src/config/load.ts';
import { address, community } from '../unit/model/fixtures.ts';

const FOLDER = join(import.meta.dirname, 'cases');

/** What a case says about its host, in `host.yaml`. */
const hostSchema = z.strictObject({
  /** Left out where the operator's own file says it. */
  routerId: z.string().optional(),
  /** Source address by peer. */
  sources: z.record(z.string(), z.string()),
  connected: z.array(z.string()),
  /** Devices by announced address. */
  announce: z.record(z.string(), z.array(z.string())),
  /** Communities by announced address. */
  communities: z.record(z.string(), z.array(z.string())).default({}),
  /** Password files of root, by name; `flock.yaml` has them in the folder `/PASSWORDS`. */
  passwords: z.record(z.string(), z.string()).default({}),
});

/** The files that come of a case. */
export interface GoldenFiles extends RenderedFiles {
  /** The operator's own `bird.conf`, of cases with `bird.mode: include`. */
  readonly main?: string;
}

/** One configuration and the files that must come of it. */
export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  /** Renders anew, from the files of the case. */
  render(): GoldenFiles;
}

export function goldenCases(): GoldenCase[] {
  return readdirSync(FOLDER).map((name) => {
    const folder = join(FOLDER, name);
    return { name, folder, render: () => renderCase(folder) };
  });
}

function renderCase(folder: string): GoldenFiles {
  const host = hostSchema.parse(parse(readFileSync(join(folder, 'host.yaml'), 'utf8')));
  const secrets = mkdtempSync(join(tmpdir(), 'flock-golden-'));
  try {
    for (const [name, text] of Object.entries(host.passwords))
      writeFileSync(join(secrets, name), text, { mode: 0o600 });
    return renderOn(host, folder, readFileSync(join(folder, 'flock.yaml'), 'utf8').replaceAll('/PASSWORDS', secrets));
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
}

function renderOn(host: z.output<typeof hostSchema>, folder: string, text: string): GoldenFiles {
  const config = parseConfig(text, { hostname: 'node1' });
  const facts = {
    routerId: host.routerId === undefined ? config.bgp.routerId : address(host.routerId),
    sourceAddresses: new Map(Object.entries(host.sources).map(([name, source]) => [name, address(source)])),
    connectedNetworks: host.connected,
  };
  const announced = Object.entries(host.announce).map(([text, devices]) => ({
    address: address(text),
    nextHops: devices.map((device) => ({ via: address('10.1.1.2'), interface: device })),
    communities: (host.communities[text] ?? []).map(community),
  }));
  const templates = join(folder, 'templates');
  const renderer = createConfigRenderer(existsSync(templates) ? templates : undefined);
  const files = { config: renderer.render({ config, facts }), announcements: renderAnnouncements(announced) };
  const main = config.bird.mode === 'own' ? undefined : readFileSync(join(folder, 'operator.conf'), 'utf8');
  return main === undefined ? files : { ...files, main };
}
