import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DiffJson } from '../../../src/api/types.ts';
import { BirdError } from '../../../src/bird-control/types.ts';
import { engineDiff } from '../../../src/daemon/serve-diff.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { bgpPeer, silentControl } from '../engine/told.ts';
import { EngineWorld } from '../engine/world.ts';

const PEER = { name: 'tor1', address: '10.0.0.254', asn: 64600, sourceAddress: '10.0.0.1' };

const NOTHING = { change: null, keptForeign: null, files: [{ diff: '' }, { diff: '' }] };

/** An engine whose BIRD would read `bird.conf` in the folder of the world. */
function diskWorld(extra: Record<string, unknown> = {}): EngineWorld {
  const world = new EngineWorld();
  world.configure({
    ...extra,
    bird: { config: world.folder.at('bird.conf'), templates: world.folder.at('templates') },
  });
  return world;
}

/** Puts in place what the engine would write, as a publisher does. */
function putInPlace(world: EngineWorld, engine: Engine): void {
  const { config, announcements } = engine.render();
  writeFileSync(world.folder.at('bird.conf'), config);
  writeFileSync(world.folder.at('flock-announcements.conf'), announcements);
}

function announcementsDiff({ files }: DiffJson): string {
  return files[1]?.diff ?? '';
}

describe('the difference that the daemon tells', () => {
  it('is nothing when the files in place are what it would write, and says what starts and stops when they are not', async () => {
    await using world = diskWorld();
    const engine = await world.start();
    await world.addPod('web', ['192.0.2.53']);
    putInPlace(world, engine);
    expect(await engineDiff(engine, world.control)).toMatchObject(NOTHING);
    await world.addPod('dns', ['192.0.2.54']);
    const diff = await engineDiff(engine, world.control);
    expect(announcementsDiff(diff)).toContain('+\troute 192.0.2.54/32 via');
    expect(diff.preview).toMatchObject({ announced: ['192.0.2.54/32'], withdrawn: [] });
  });

  it('withdraws nothing as long as it is not known who is ready', async () => {
    await using world = diskWorld();
    const first = await world.start();
    await world.addPod('web', ['192.0.2.53']);
    putInPlace(world, first);
    world.source.setReady('web', undefined);
    const engine = await world.start();
    await world.settled();
    expect(engine.reconciler.complete).toBe(false);
    expect(await engineDiff(engine, world.control)).toMatchObject(NOTHING);
    world.source.setReady('web', false);
    await world.settled();
    const diff = await engineDiff(engine, world.control);
    expect(announcementsDiff(diff)).toContain('-\troute 192.0.2.53/32 via');
    expect(diff.preview).toMatchObject({ announced: [], withdrawn: ['192.0.2.53/32'] });
  });

  it.each([
    ['waits', 'it would reset tor1'],
    ['undone', 'tor1 did not come back'],
  ] as const)('has the change that %s', async (state, message) => {
    await using world = diskWorld();
    const engine = await world.start();
    await world.settled();
    putInPlace(world, engine);
    world.publisher.change = { state, since: new Date(0), message, resets: [] };
    expect(await engineDiff(engine, world.control)).toMatchObject({ ...NOTHING, change: { state, message } });
  });

  it.each([
    ['is up', async () => [bgpPeer('tor1', 'Established')], true],
    ['is down', async () => [bgpPeer('tor1', 'Active')], false],
    ['cannot be asked for', () => Promise.reject(new BirdError('timeout', 'hung')), null],
  ] as const)('asks BIRD whether a session that it resets is up: it %s', async (_how, showProtocols, established) => {
    await using world = diskWorld({ bgp: { asn: 64601, routerId: '10.0.0.1', peers: [PEER] } });
    const engine = await world.start();
    putInPlace(world, engine);
    const path = world.folder.at('bird.conf');
    writeFileSync(path, readFileSync(path, 'utf8').replace('hold time 30;', 'hold time 60;'));
    const { preview } = await engineDiff(engine, silentControl({ showProtocols }));
    expect(preview.resets).toEqual([
      { session: 'tor1', neighbor: '10.0.0.254', established, reasons: ['hold time 60 → 30'] },
    ]);
  });

  it('is an error with the words of the refusal when BIRD refuses', async () => {
    await using world = diskWorld();
    const engine = await world.start();
    await world.settled();
    world.publisher.change = { state: 'refused', since: new Date(0), message: 'partials/extra.hbs:3 (…)', resets: [] };
    await expect(engineDiff(engine, world.control)).rejects.toThrow(
      expect.objectContaining({ code: 'configurationInvalid', message: 'partials/extra.hbs:3 (…)' }),
    );
  });

  it('is an error that names file and line when a template cannot be rendered', async () => {
    await using world = diskWorld();
    mkdirSync(join(world.folder.at('templates'), 'partials'), { recursive: true });
    writeFileSync(join(world.folder.at('templates'), 'partials', 'extra.hbs'), '# fine\n{{routrId}}\n');
    const engine = await world.start();
    await expect(engineDiff(engine, world.control)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(/extra\.hbs.*line 2: there is no value "routrId"/) }),
    );
  });

  it('is an error when what BIRD runs cannot be read', async () => {
    await using world = diskWorld();
    const engine = await world.start();
    await world.settled();
    mkdirSync(world.folder.at('bird.conf'));
    await expect(engineDiff(engine, world.control)).rejects.toThrow(
      expect.objectContaining({ code: 'configurationInvalid', message: expect.stringMatching(/EISDIR.*bird\.config/) }),
    );
  });
});
