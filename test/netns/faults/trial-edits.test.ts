import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PACKAGED_TEMPLATES } from '../../../src/bird/templates/templates.ts';
import { eventually, isRoot } from '../../lab/lab.ts';
import {
  CONFIRM_SECONDS,
  changeIs,
  edit,
  goodReset,
  inForce,
  lostBy,
  onTrial,
  ROUTER_ASN,
  settled,
  takeBack,
  tor1InForce,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

describe.skipIf(!isRoot)('an edit while an earlier one is on trial (needs root)', () => {
  // So long that nothing here ends because the time is over.
  const world = trialWorld('trial-edits', { confirmTimeout: 20 * CONFIRM_SECONDS });

  afterEach(async () => {
    await takeBack(world());
    expect(lostBy(world(), 'tor2'), 'the other router has lost nothing').toEqual([]);
  });

  const outOfTrial = (): Promise<unknown> =>
    eventually(
      async () => (await tor1InForce(world())).file === `AS ${ROUTER_ASN}, hold time 30`,
      'the files are back',
    );

  it('that takes the bad one back is in force at once', async () => {
    await onTrial(world(), WRONG_AS);
    const begin = performance.now();
    await edit(world(), {});
    await outOfTrial();
    await changeIs(world(), null);
    console.log(`a bad edit taken back ends its trial after ${Math.round(performance.now() - begin)} ms`);
  });

  it('that mends the bad one is in force at once, and proven itself', async () => {
    await onTrial(world(), WRONG_AS);
    await edit(world(), goodReset(60));
    await inForce(world(), ROUTER_ASN, 60);
    await settled(world());
  });

  it('that is bad too goes on trial itself, although the session was down before it', async () => {
    await onTrial(world(), WRONG_AS);
    await edit(world(), { asn: 64998 });
    await eventually(async () => (await tor1InForce(world())).file.startsWith('AS 64998'), 'the newer one is on trial');
    await changeIs(world(), 'verifying');
    await edit(world(), {});
    await outOfTrial();
  });

  describe('of a template', () => {
    const packaged = readFileSync(join(PACKAGED_TEMPLATES, 'partials', 'peer.hbs'), 'utf8');
    const wrong = packaged.replace('as {{asn}}', 'as {{#if (eq name "tor1")}}64999{{else}}{{asn}}{{/if}}');

    function save(text: string): void {
      const folder = world().node.path('templates', 'partials');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '.new'), text);
      renameSync(join(folder, '.new'), join(folder, 'peer.hbs'));
    }

    afterEach(() => rmSync(world().node.path('templates', 'partials'), { recursive: true, force: true }));

    it('that mends the bad one ends its trial at once', async () => {
      expect(wrong).not.toBe(packaged);
      save(wrong);
      await changeIs(world(), 'verifying');
      save(packaged);
      await outOfTrial();
      await changeIs(world(), null);
      await settled(world());
    });

    it('that is half way, and cannot be rendered, ends it at once too', async () => {
      save(wrong);
      await changeIs(world(), 'verifying');
      save(`${packaged}{{#if`);
      await outOfTrial();
      await changeIs(world(), 'refused');
      save(packaged);
      await settled(world());
    });
  });

  it('one after the other end with the last one in force', async () => {
    for (const tor1 of [goodReset(60), WRONG_AS, goodReset(70), { asn: 64998 }, goodReset(80)])
      await edit(world(), tor1);
    await inForce(world(), ROUTER_ASN, 80);
    await settled(world());
  });
});
