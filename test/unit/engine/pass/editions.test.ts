import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTemplates } from '../../../../src/bird/templates/templates.ts';
import { EngineWorld } from '../world.ts';

/** A folder of templates with one partial, as it is read. */
function reading(world: EngineWorld, text: string) {
  const folder = world.config.bird.templates;
  mkdirSync(join(folder, 'partials'), { recursive: true });
  writeFileSync(join(folder, 'partials', 'extra.hbs'), text);
  return { folder, reading: readTemplates(folder) };
}

/** The edition of what was published last. */
async function published(world: EngineWorld): Promise<number | undefined> {
  await world.settled();
  return world.publisher.editions.at(-1);
}

describe('the edition of what is published', () => {
  it('is another one with each edit of a template, of one that cannot be rendered too, and the same for the same text', async () => {
    await using world = new EngineWorld();
    await world.start();
    const tell = (text: string): void => {
      const { folder, reading: read } = reading(world, text);
      world.engine.useTemplates(folder, read);
    };
    tell('# one');
    const first = await published(world);
    tell('# one');
    expect(await published(world)).toBe(first);
    tell('# two');
    const second = await published(world);
    expect(second).not.toBe(first);
    tell('{{broken');
    expect(await published(world)).not.toBe(second);
  });

  it('is another one with each edit of flock.yaml, and the same when pods come and go', async () => {
    await using world = new EngineWorld();
    await world.start();
    const first = await published(world);
    await world.addPod('web', ['192.0.2.1']);
    expect(await published(world)).toBe(first);
    world.configure({ bgp: { asn: 64602, routerId: '10.0.0.1' } });
    await world.engine.reconfigure(world.config, {});
    expect(await published(world)).not.toBe(first);
  });

  it('is another one with each edit of a password file', async () => {
    await using world = new EngineWorld();
    const passwordFile = world.folder.write('password', 'one\n');
    const peers = [{ name: 'tor1', address: '10.0.0.254', asn: 64600, passwordFile }];
    world.configure({ bgp: { asn: 64601, routerId: '10.0.0.1', peers } });
    await world.start({ hostRefresh: 20 });
    const first = await published(world);
    world.folder.write('password', 'another\n');
    await expect.poll(() => world.publisher.editions.at(-1), { timeout: 10_000 }).not.toBe(first);
  });
});
