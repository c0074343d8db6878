import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionReset } from '../../src/bird/preview/types.ts';
import { goldenCases } from '../golden/cases.ts';
import { isRoot, Lab, type LabBird } from '../lab/lab.ts';
import { configure, type Done, FOREIGN, foretold, previewTexts, type Texts } from './preview-lab.ts';
import { configOf, FIRST, SLOTS, type Slots } from './preview-slots.ts';

/** Resets that only a session that is up, a router with BFD, or a later version of BIRD would see. */
const UNSEEN = [
  /^channel \S+ removed$/,
  /^channel \S+: (next hop address|import keep filtered|import filter|preference|gateway|cost|aigp|next hop prefer)\b/,
  /^channel \S+: \w+ limit /,
  /^allow as sets (default → on|on → default)$/,
  /^(hostname|bfd|protocol bfd|protocol device) /,
];

/** Whether a BIRD without a router shows the reset. */
function isCertain({ reasons }: SessionReset): boolean {
  return !reasons.every((reason) => UNSEEN.some((pattern) => pattern.test(reason)));
}

describe.skipIf(!isRoot)('what the preview says of many changes, and what a real BIRD does (needs root)', () => {
  let lab: Lab;
  let node: LabBird;

  beforeAll(async () => {
    lab = await Lab.create('preview-random');
    node = await lab.bird(await lab.namespace('node'), FOREIGN);
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Protocols that are down: the disabled ones, of which the preview says nothing and BIRD's log does. */
  const down = async (): Promise<string[]> =>
    [...(await node.birdc('show protocols')).matchAll(/^(\S+) +\S+ +\S+ +down /gm)].map((match) => match[1] ?? '');

  /** What BIRD does, without the protocols that are disabled. */
  async function configured(texts: Texts): Promise<Done> {
    const before = await down();
    const done = await configure(node, texts);
    const after = await down();
    return {
      restarted: done.restarted,
      begun: done.begun.filter((name) => !after.includes(name)),
      ended: done.ended.filter((name) => !before.includes(name)),
      refeeds: [],
    };
  }

  it('is the same for random changes, one after another', { timeout: 120_000 }, async () => {
    const change = fc.record({ slot: fc.nat(SLOTS.length - 1), pick: fc.nat(1000) });
    const steps = fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), { numRuns: 300, seed: 20_260_301 });
    let slots: Slots = FIRST;
    let before: Texts = configOf(slots);
    await configure(node, before);
    const seen = { accepted: 0, refused: 0, reset: 0, kept: 0 };
    for (const changes of steps) {
      const next = changes.reduce<Slots>((all, { slot, pick }) => all.with(slot, pick), slots);
      const after = configOf(next);
      const preview = previewTexts(node.configPath, before, after);
      const done = await configured(after).catch((error: unknown) => String(error));
      if (typeof done === 'string') {
        expect(done).toContain('exit status 1');
        seen.refused += 1;
        continue;
      }
      const told = foretold({ ...preview, resets: preview.resets.filter(isCertain), refeeds: [] });
      const picked = changes.map(({ slot, pick }) => `${SLOTS[slot]} ${pick}`).join(', ');
      const why = `${picked}\n${before.config}\n--- to ---\n${after.config}\n${JSON.stringify(preview.resets, undefined, 1)}`;
      expect(told, why).toEqual(done);
      seen.accepted += 1;
      seen[told.restarted.length > 0 ? 'reset' : 'kept'] += 1;
      [slots, before] = [next, after];
    }
    // The changes are worth something: most are accepted, and they are of both kinds.
    expect(seen.accepted).toBeGreaterThan(2 * seen.refused);
    expect(Math.min(seen.reset, seen.kept)).toBeGreaterThan(50);
  });

  it('is the same from each golden case to the next', async () => {
    let before: Texts | undefined;
    let compared = 0;
    // Where the operator owns bird.conf, ours is a part of it only.
    for (const one of goldenCases().filter(({ folder }) => existsSync(join(folder, 'bird.conf')))) {
      const { config, announcements } = one.render();
      const after = { config: `${config.replace(/^log .*/gm, '')}\nlog stderr all;\n`, announcements };
      const preview = before === undefined ? undefined : previewTexts(node.configPath, before, after);
      const done = await configured(after);
      if (preview !== undefined) {
        const told = foretold({ ...preview, resets: preview.resets.filter(isCertain), refeeds: [] });
        expect(told, one.name).toEqual(done);
        compared += 1;
      }
      before = after;
    }
    expect(compared).toBeGreaterThan(25);
  });
});
