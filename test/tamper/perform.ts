import type { Operation } from './action.ts';
import type { TamperedWorld } from './world.ts';

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
    return world.node.add(request).then(
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
