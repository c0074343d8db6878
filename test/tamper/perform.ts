import { eventually } from '../lab/lab.ts';
import type { Operation } from './action.ts';
import type { TamperedWorld } from './world.ts';

/** How long a runtime tries to add a pod again, in milliseconds. */
const ADD_MS = 30_000;

/** Does what a player does. @returns what did not go well: a player goes on all the same */
export async function perform(world: TamperedWorld, operations: readonly Operation[]): Promise<string> {
  const notes: string[] = [];
  for (const operation of operations) notes.push(await performOne(world, operation));
  return notes.filter((note) => note !== '').join('; ');
}

async function performOne(world: TamperedWorld, operation: Operation): Promise<string> {
  if ('service' in operation) {
    const service = world.services[operation.service];
    await service[operation.verb]();
    return '';
  }
  if ('addAgain' in operation) {
    const { request } = podOf(world, operation.addAgain);
    // A runtime tries again, too.
    const adding = eventually(
      async () => (await world.node.add(request)) !== undefined,
      `ADD of ${operation.addAgain}`,
      ADD_MS,
    );
    return adding.then(
      () => '',
      (error: unknown) => String(error),
    );
  }
  if (operation.at === 'node') return world.keeper.type(world.node.namespace, operation.line);
  const { namespace } = podOf(world, operation.pod);
  const { code, stderr } = await namespace.exec(['sh', '-c', operation.line], { allowFailure: true });
  return code === 0 ? '' : `exit status ${code}: ${stderr.trim()}`;
}

function podOf({ pods }: TamperedWorld, name: string) {
  const pod = pods.get(name);
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  return pod;
}
