import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenCases } from '../golden/cases.ts';
import { isRoot, Lab, type LabBird } from '../lab/lab.ts';
import { FOREIGN, type Texts } from './preview-lab.ts';
import { certain, configured, walkOfChanges } from './preview-walk.ts';

/** So many changes, and the seed; `npm run test:long` makes ten times as many. */
const WALK = { length: 100, seed: 20_260_301 };

describe.skipIf(!isRoot)('what the preview says of many changes, and what a real BIRD does (needs root)', () => {
  let lab: Lab;
  let node: LabBird;

  beforeAll(async () => {
    lab = await Lab.create('preview-random');
    node = await lab.bird(await lab.namespace('node'), FOREIGN);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  it('is the same for random changes, one after another', { timeout: 240_000 }, () =>
    walkOfChanges(node, WALK.length, WALK.seed),
  );

  it('is the same from each golden case to the next', async () => {
    let before: Texts | undefined;
    let compared = 0;
    // Where the operator owns bird.conf, ours is a part of it only.
    for (const one of goldenCases().filter(({ folder }) => existsSync(join(folder, 'bird.conf')))) {
      const { config, announcements } = one.render();
      const after = { config: `${config.replace(/^log .*/gm, '')}\nlog stderr all;\n`, announcements };
      const told = before === undefined ? undefined : certain(node, before, after).told;
      const done = await configured(node, after);
      if (told !== undefined) {
        expect(told, one.name).toEqual(done);
        compared += 1;
      }
      before = after;
    }
    expect(compared).toBeGreaterThan(25);
  });
});
