import { describe, it } from 'vitest';
import { isRoot, Lab } from '../lab/lab.ts';
import { FOREIGN } from '../netns/preview-lab.ts';
import { walkOfChanges } from '../netns/preview-walk.ts';

const WALK = { length: 1_000, seed: 20_260_302 };

describe.skipIf(!isRoot)('what the preview says of a thousand changes, and what a real BIRD does (needs root)', () => {
  it('is the same for random changes, one after another', async () => {
    await using lab = await Lab.create('preview-long');
    const node = await lab.bird(await lab.namespace('node'), FOREIGN);
    await walkOfChanges(node, WALK.length, WALK.seed);
  });
});
