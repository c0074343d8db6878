import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type LabBird } from '../lab/lab.ts';
import { PEERS, renderBase, startBase } from './preview-base.ts';
import { CASES, type Case } from './preview-cases.ts';
import { configure, foretold, previewTexts, type Texts } from './preview-lab.ts';

const SESSIONS = Object.keys(PEERS);

describe.skipIf(!isRoot)('what the preview says and what a real BIRD with real sessions does (needs root)', () => {
  let lab: Lab;
  let node: LabBird;
  let base: Texts;

  beforeAll(async () => {
    lab = await Lab.create('preview');
    ({ node, base } = await startBase(lab));
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Names of the sessions that are up. */
  const established = async (): Promise<string[]> =>
    (await node.birdc('show protocols'))
      .split('\n')
      .filter((line) => line.includes('Established'))
      .map((line) => line.split(' ')[0] ?? '')
      .sort();

  const allUp = (): Promise<unknown> =>
    eventually(async () => (await established()).length === SESSIONS.length, 'all sessions are up');

  const textsOf = ({ edit, peers, routerId }: Case, from: Texts): Texts => {
    const rendered =
      peers === undefined && routerId === undefined ? from : renderBase(lab.dir, peers ?? PEERS, routerId);
    return edit === undefined ? rendered : edit(rendered);
  };

  /** Networks of our own protocols that BIRD has in its tables. */
  const networks = async (): Promise<string[]> => {
    const text = await node.birdc('show route where proto ~ "flock_announce*" || proto ~ "flock_summary*"');
    return [...text.matchAll(/^([0-9a-f][0-9a-f.:]*\/\d+) /gm)].map((match) => match[1] ?? '');
  };

  /** One change, in both tellings. Refeeds count where the session is up, which BIRD needs for one. */
  async function change(from: Texts, to: Texts, careful: boolean): Promise<void> {
    const up = await established();
    const had = await networks();
    const preview = previewTexts(node.configPath, from, to);
    const said = foretold(preview);
    const done = await configure(node, to);
    const has = await networks();
    const refeeds = (list: readonly string[]): string[] => list.filter((one) => up.includes(one.split('.')[0] ?? ''));
    // Nothing may be missed.
    const seen = { ...done, refeeds: refeeds(done.refeeds) };
    const told = { ...said, refeeds: refeeds(said.refeeds) };
    if (careful) {
      expect(told.restarted).toEqual(expect.arrayContaining(seen.restarted));
    } else {
      expect(told).toEqual(seen);
    }
    expect([...preview.announced].sort()).toEqual(has.filter((network) => !had.includes(network)).sort());
    expect([...preview.withdrawn].sort()).toEqual(had.filter((network) => !has.includes(network)).sort());
  }

  it('is the same for several changes at once, as long as no session is reset', async () => {
    await allUp();
    const edits = CASES.filter(({ resets, careful, edit }) => !resets && !careful && edit).flatMap(
      ({ edit }) => edit ?? [],
    );
    const picks = fc.sample(fc.uniqueArray(fc.nat(edits.length - 1), { minLength: 2, maxLength: 4 }), {
      numRuns: 60,
      seed: 20_260_302,
    });
    let from = base;
    let compared = 0;
    for (const pick of picks) {
      const to = combine(pick.flatMap((index) => edits[index] ?? []));
      if (to === undefined) continue;
      const { resets, ends } = previewTexts(node.configPath, from, to);
      // Changes that reset a session cost the time until it is up again; each has its own test.
      if (resets.length > 0 || ends.length > 0) continue;
      await change(from, to, false);
      expect(await established()).toEqual(SESSIONS.toSorted());
      from = to;
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
    await configure(node, base);
  });

  /** All edits, one upon another; undefined where one of them finds nothing to change any more. */
  function combine(edits: readonly ((texts: Texts) => Texts)[]): Texts | undefined {
    try {
      return edits.reduce((texts, edit) => edit(texts), base);
    } catch {
      return undefined;
    }
  }

  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const from = one.from?.(base) ?? base;
    if (one.from !== undefined) await configure(node, from);
    if (one.up) await allUp();
    const to = textsOf(one, from);
    expect(to).not.toEqual(from);
    const preview = previewTexts(node.configPath, from, to);
    if (one.resets !== undefined) expect(preview.resets.map(({ protocol }) => protocol).sort()).toEqual(one.resets);
    let inForce: Texts | undefined;
    try {
      await change(from, to, one.careful !== undefined);
      if (one.upAfter) await allUp();
      if (one.oneWay) return;
      await change(to, from, one.careful !== undefined);
      inForce = from;
    } finally {
      // The next case begins with the base, whatever came of this one.
      if (inForce !== base) await configure(node, base);
    }
  });
});
