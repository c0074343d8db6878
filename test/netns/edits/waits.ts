import { expect } from 'vitest';
import { contentOn } from './disk.ts';
import type { Edit, Expected } from './edit.ts';
import type { InForce, Operator } from './operator.ts';
import { sessionsReset } from './staged.ts';

type Waits = Extract<Expected, { outcome: 'waits' }>;

/**
 * Waits until status says that an edit waits, and which sessions it would reset: exactly those of these routers. The
 * preview says the same, and nothing is in force yet.
 */
export async function isHeldBack(operator: Operator, routers: readonly string[], before: InForce): Promise<void> {
  const sessions = operator.sessionsWith(routers);
  const status = await operator.statusTells('the change waits', ({ bird }) => bird.change?.state === 'waits');
  expect(status.bird.change?.resets.map(({ session }) => session).sort(), 'sessions in status').toEqual(sessions);
  expect(status.problems.map(({ code }) => code)).toEqual(['changeWaits']);
  const { preview } = await operator.world.daemon.diff();
  expect(sessionsReset(preview), 'sessions in the preview').toEqual(sessions);
  await operator.expectInForce(before);
}

/** Gives the permission, and waits until the sessions are back and the change is in force for good. */
export async function comesBack(
  operator: Operator,
  { desk }: Edit,
  { resets, shows, after, briefly }: Waits,
): Promise<void> {
  const downs = operator.downs(resets);
  operator.permit(resets);
  await operator.world.daemon.apply({ reset: true, withdraw: false });
  await operator.runsAsWritten(desk);
  await operator.allIsWell();
  expect(shows(await operator.world.birdConf()), 'bird.conf shows it').toBe(true);
  expect(
    operator.downs(resets).map((count, at) => count - (downs[at] ?? 0)),
    'how often each session was reset',
  ).toEqual(resets.map(() => (after === 'comesBack' ? 1 : 0)));
  // What the routers lack while it is in force is nobody's fault.
  if (briefly === undefined) await operator.guard(resets);
}

/** Gives the permission to what takes a session down for good, and waits until that is undone and everything is back. */
export async function isUndone(operator: Operator, { resets }: Waits, before: InForce): Promise<void> {
  const downs = operator.downs(resets);
  operator.permit(resets);
  await operator.world.daemon.apply({ reset: true, withdraw: false });
  await operator.statusTells('the change is undone', ({ bird }) => bird.change?.state === 'undone');
  await operator.guard(resets);
  expect(
    operator.downs(resets).every((count, at) => count > (downs[at] ?? 0)),
    'the sessions went down',
  ).toBe(true);
  await operator.expectInForce(before);
}

/** Takes back what is in force, which resets the same sessions once more. */
export async function isTakenBack(operator: Operator, { file }: Edit, { resets }: Waits): Promise<void> {
  await operator.save(file, contentOn(operator.desk, file));
  await operator.statusTells('taking it back waits too', ({ bird }) => bird.change?.state === 'waits');
  await operator.world.daemon.apply({ reset: true, withdraw: false });
  await operator.runsAsWritten();
  await operator.allIsWell();
  await operator.guard(resets);
}
