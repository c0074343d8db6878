import { describe, expect, it } from 'vitest';
import { createDice } from '../../netns/edits/dice.ts';
import { holdOf, type PodFacts } from '../../tamper/action.ts';
import { ACTIONS, actionOf, SHARES } from '../../tamper/actions.ts';
import { type Planned, stepsByChance } from '../../tamper/generator.ts';
import { type Standing, standsAfter } from '../../tamper/step.ts';

const BOTH: PodFacts = {
  name: 'web1',
  device: 'flock01',
  ip4: '10.1.1.2',
  ip6: '2001:db8:1:1::2',
  claim4: '192.0.2.1',
  claim6: '2001:db8:ffff::1',
  claims: [{ address: '192.0.2.1', dev: 'lo' }],
};
const ONLY4: PodFacts = { ...BOTH, name: 'old', ip6: undefined, claim6: undefined };

const STEPS = 3_000;

function steps(seed: number): Planned[] {
  const player = stepsByChance(createDice(seed), [BOTH, ONLY4]);
  return Array.from({ length: STEPS }, () => player.next().value);
}

/** Each step with what precedes it. */
function withStanding(planned: readonly Planned[]): { step: Planned['step']; standing: readonly Standing[] }[] {
  let standing: readonly Standing[] = [];
  return planned.map(({ step }) => {
    const before = standing;
    standing = standsAfter(standing, step);
    return { step, standing: before };
  });
}

describe('the steps of a player', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(steps(1)).toEqual(steps(1));
    expect(steps(1)).not.toEqual(steps(2));
  });

  it('use every action', () => {
    const used = new Set(steps(1).map(({ step }) => ('action' in step ? step.action : '')));
    expect([...ACTIONS.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it('take back only what stands, and hold nothing twice', () => {
    for (const { step, standing } of withStanding(steps(3))) {
      if (!('action' in step)) continue;
      const same = standing.some(({ action, pod }) => action === step.action && pod === step.pod);
      expect(same, JSON.stringify(step)).toBe(step.verb === 'undo');
      if (step.verb === 'undo') continue;
      const hold = holdOf(actionOf(step.action), step.pod);
      expect(standing.map(({ action, pod }) => holdOf(actionOf(action), pod))).not.toContain(hold);
    }
  });

  it('send no ADD while flockd is away', () => {
    let away = 0;
    for (const { step, standing } of withStanding(steps(5))) {
      if (!standing.some(({ action }) => actionOf(action).neverSeen)) continue;
      away += 1;
      if (step.verb === 'undo') expect(actionOf(step.action).undo(BOTH)).not.toContainEqual({ addAgain: BOTH.name });
    }
    expect(away).toBeGreaterThan(20);
  });

  it('do nothing to a pod with a family that it does not have', () => {
    const ofOld = steps(4).filter(({ step }) => 'action' in step && step.pod === 'old');
    expect(ofOld.length).toBeGreaterThan(50);
    for (const { step } of ofOld) expect('action' in step && actionOf(step.action).act(ONLY4)).toBeTruthy();
  });

  it('look only while flockd runs, and often with something standing', () => {
    const looks = withStanding(steps(5)).filter(({ step }) => step.verb === 'look');
    expect(looks.flatMap(({ standing }) => standing.map(({ action }) => action))).not.toContain('flockd-killed');
    expect(looks.filter(({ standing }) => standing.length > 0).length).toBeGreaterThan(looks.length / 2);
  });
});

describe('the table of actions', () => {
  it('has each name once', () => {
    const names = SHARES.flatMap(([kind]) => kind.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('takes back whatever stands', () => {
    for (const action of ACTIONS.values()) expect(action.undo(BOTH).length > 0, action.name).toBe(action.stands);
  });
});
