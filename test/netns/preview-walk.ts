import fc from 'fast-check';
import { expect } from 'vitest';
import type { SessionReset } from '../../src/bird-language/compare/types.ts';
import type { LabBird } from '../lab/lab.ts';
import { configure, type Done, foretold, previewTexts, type Texts } from './preview-lab.ts';
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

/** Protocols that are down: the disabled ones, of which the preview says nothing and BIRD's log does. */
async function down(node: LabBird): Promise<string[]> {
  return [...(await node.birdc('show protocols')).matchAll(/^(\S+) +\S+ +\S+ +down /gm)].map((match) => match[1] ?? '');
}

/** What BIRD does, without the protocols that are disabled. */
export async function configured(node: LabBird, texts: Texts): Promise<Done> {
  const before = await down(node);
  const done = await configure(node, texts);
  const after = await down(node);
  return {
    restarted: done.restarted,
    begun: done.begun.filter((name) => !after.includes(name)),
    ended: done.ended.filter((name) => !before.includes(name)),
    refeeds: [],
  };
}

/** What the preview says of a change, as far as a BIRD without a router shows it. */
export function certain(node: LabBird, before: Texts, after: Texts): { told: Done; why: string } {
  const preview = previewTexts(node.configPath, before, after);
  const told = foretold({ ...preview, resets: preview.resets.filter(isCertain), refeeds: [] });
  return { told, why: JSON.stringify(preview.resets, undefined, 1) };
}

/** Makes random changes one after another, the same for the same seed, and holds the preview against what BIRD does. */
export async function walkOfChanges(node: LabBird, length: number, seed: number): Promise<void> {
  const change = fc.record({ slot: fc.nat(SLOTS.length - 1), pick: fc.nat(1000) });
  const steps = fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), { numRuns: length, seed });
  let slots: Slots = FIRST;
  let before: Texts = configOf(slots);
  await configure(node, before);
  const seen = { accepted: 0, refused: 0, reset: 0, kept: 0 };
  for (const changes of steps) {
    const next = changes.reduce<Slots>((all, { slot, pick }) => all.with(slot, pick), slots);
    const after = configOf(next);
    const { told, why } = certain(node, before, after);
    const done = await configured(node, after).catch((error: unknown) => String(error));
    if (typeof done === 'string') {
      expect(done).toContain('exit status 1');
      seen.refused += 1;
      continue;
    }
    const picked = changes.map(({ slot, pick }) => `${SLOTS[slot]} ${pick}`).join(', ');
    expect(told, `${picked}\n${before.config}\n--- to ---\n${after.config}\n${why}`).toEqual(done);
    seen.accepted += 1;
    seen[told.restarted.length > 0 ? 'reset' : 'kept'] += 1;
    [slots, before] = [next, after];
  }
  // The changes are worth something: most are accepted, and they are of both kinds.
  expect(seen.accepted).toBeGreaterThan(2 * seen.refused);
  expect(Math.min(seen.reset, seen.kept)).toBeGreaterThan(length / 6);
}
