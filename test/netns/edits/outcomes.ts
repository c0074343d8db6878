import { expect } from 'vitest';
import type { Edit, Expected } from './edit.ts';
import type { Operator } from './operator.ts';

type Of<T extends Expected['outcome']> = Extract<Expected, { outcome: T }>;

/** Waits until an edit has come into force, and nothing but it, and looks at its effect in BIRD and at a router. */
export async function comesIntoForce(
  operator: Operator,
  edit: Edit,
  { shows, runs, seen }: Of<'applied'>,
): Promise<void> {
  const { world } = operator;
  await operator.runsAsWritten(edit.desk);
  expect(shows(await world.birdConf()), 'bird.conf shows it').toBe(true);
  if (runs !== undefined) {
    await operator.until(`BIRD runs ${runs}`, async () => (await world.node.birdc('show protocols')).includes(runs));
  }
  if (seen !== undefined) {
    const router = world.routers.get(seen.router);
    if (router === undefined) throw new Error(`no router ${seen.router}`);
    await operator.until(`${seen.router} sees ${seen.text}`, async () => {
      const route = await router.birdc(`show route for ${seen.prefix} all`);
      if (!route.includes(seen.text)) throw new Error(route);
      return true;
    });
  }
}

/** Waits until status refuses an edit and names its file and line. */
export async function isRefused(operator: Operator, edit: Edit, expected: Of<'refused'>): Promise<void> {
  const { code, line, says = '' } = expected;
  const path = operator.pathOf(expected.file ?? edit.file);
  const places = line === undefined ? [path] : [`${path}:${line} `, `${path}, line ${line}: `, `  line ${line}`];
  const fits = (message: string): boolean =>
    message.includes(path) && places.some((place) => message.includes(place)) && message.includes(says);
  await operator.statusTells(`status tells ${code} at ${places[0]}: ${says}`, ({ problems }) =>
    problems.some((problem) => problem.code === code && fits(problem.message)),
  );
}

/** Waits until status says that an edit would cost announcements and is not in force, and names the place. */
export async function isStopped(operator: Operator, { file }: Edit, { line }: Of<'undone'>): Promise<void> {
  const place = line === undefined ? operator.pathOf(file) : `${operator.pathOf(file)}:${line}`;
  await operator.statusTells(`status tells of a change that is undone, and names ${place}`, ({ problems, bird }) => {
    const code = bird.change?.state === 'undone' ? 'changeUndone' : 'configurationRefused';
    return problems.some((problem) => problem.code === code && problem.message.includes(place));
  });
}
