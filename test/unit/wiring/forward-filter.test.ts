import { describe, expect, it } from 'vitest';
import type { FilterChain, FilterCondition, FilterRule, FilterVerdict } from '../../../src/kernel/ports.ts';
import { dropSentence, dropsAll } from '../../../src/wiring/host/forward-filter.ts';

const PACKET = { family: 4, from: 'eth0', to: 'flock0e1262eb' } as const;

function chain(policy: 'accept' | 'drop', rules: FilterRule[], others: Record<string, FilterRule[]> = {}): FilterChain {
  const label = 'inet filter forward';
  return { families: [4, 6], label, rules, policy, others: new Map(Object.entries(others)) };
}

const rule = (verdict: FilterVerdict | FilterVerdict['kind'], ...conditions: FilterCondition[]): FilterRule => ({
  conditions,
  verdict: typeof verdict === 'string' ? ({ kind: verdict } as FilterVerdict) : verdict,
});
const name = (side: 'in' | 'out', text: string, negated = false): FilterCondition => ({
  ...{ kind: 'interface', side, name: text.replace(/\*$/, '') },
  ...{ prefix: text.endsWith('*'), negated },
});
const OTHER: FilterCondition = { kind: 'other' };
const ESTABLISHED: FilterCondition = { kind: 'connection', matchesNew: false };
const NEW: FilterCondition = { kind: 'connection', matchesNew: true };
const jump = (to: string): FilterVerdict => ({ kind: 'jump', chain: to });
const goto = (to: string): FilterVerdict => ({ kind: 'goto', chain: to });

describe('a chain at the forward hook', () => {
  it.each<[string, FilterChain, boolean]>([
    ['drops all: an empty one with the policy drop', chain('drop', []), true],
    ['does not: an empty one with the policy accept', chain('accept', []), false],
    ['drops all: a rule without conditions', chain('accept', [rule('drop')]), true],
    ['drops all: only what goes on is accepted', chain('drop', [rule('accept', ESTABLISHED)]), true],
    ['may not: what is new may be accepted', chain('drop', [rule('accept', NEW)]), false],
    ['drops all: other interfaces are accepted', chain('drop', [rule('accept', name('in', 'docker0'))]), true],
    ['drops all: by name', chain('accept', [rule('drop', name('out', 'flock0e1262eb'))]), true],
    ['does not: another pod', chain('accept', [rule('drop', name('out', 'flock00000000'))]), false],
    ['does not: pods are accepted', chain('drop', [rule('accept', name('out', 'flock*'))]), false],
    ['drops all: all but docker0 is dropped', chain('accept', [rule('drop', name('out', 'docker0', true))]), true],
    ['may not: something else is asked for', chain('drop', [rule('accept', OTHER)]), false],
    ['may not: what is dropped may be another', chain('accept', [rule('drop', OTHER)]), false],
    ['drops all: what one rule does not drop the policy does', chain('drop', [rule('drop', OTHER)]), true],
    ['does not: the first that matches decides', chain('drop', [rule('accept'), rule('drop')]), false],
    ['may not: a map of verdicts', chain('drop', [rule('unknown', OTHER)]), false],
    ['drops all: rules that count and log', chain('drop', [rule('continue'), rule('continue', OTHER)]), true],
    [
      'drops all: a chain that returns',
      chain('drop', [rule(jump('x'))], { x: [rule('return'), rule('accept')] }),
      true,
    ],
    ['does not: a chain that accepts', chain('drop', [rule(jump('x'))], { x: [rule('accept')] }), false],
    [
      'may not: a chain that may return before it accepts',
      chain('drop', [rule(jump('x'))], { x: [rule('return', OTHER), rule('accept')] }),
      false,
    ],
    [
      'drops all: whether it returns or not',
      chain('drop', [rule(jump('x'))], { x: [rule('return', OTHER), rule('accept', ESTABLISHED)] }),
      true,
    ],
    [
      'drops all: what goes to a chain does not come back',
      chain('drop', [rule(goto('x')), rule('accept')], { x: [] }),
      true,
    ],
    ['may not: chains in a circle', chain('drop', [rule(jump('x'))], { x: [rule(jump('x'))] }), false],
    ['drops all: a chain that cannot be read', chain('drop', [rule(jump('x'))]), true],
  ])('%s', (_what, subject, expected) => {
    expect(dropsAll(subject, PACKET)).toBe(expected);
  });

  it('of the other family does nothing', () => {
    expect(dropsAll({ ...chain('drop', []), families: [6] }, PACKET)).toBe(false);
  });

  it('is named with the pods that it cuts off, and what to do', () => {
    const text = dropSentence(chain('drop', []), ['flock1', 'flock2', 'flock3', 'flock4', 'flock5']);
    expect(text).toMatch(/"inet filter forward".*flock1, flock2, flock3 and 2 more.*policy is drop.*add a rule/);
  });
});
