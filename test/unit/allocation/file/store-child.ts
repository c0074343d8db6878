import { openAllocationStore } from '../../../../src/allocation/file/store.ts';
import { FlockError } from '../../../../src/errors.ts';
import { allocation } from '../fixtures.ts';

/**
 * A process that adds and removes allocations in a file until it is killed or the disk refuses. Each line of its output
 * is said only after the change it tells of is durable: `have` and the number of allocations.
 */
const [path = '', most = '250'] = process.argv.slice(2);
const { store } = await openAllocationStore(path, { node: 'node1', now: () => new Date() });
for (let count = 1; count <= Number(most); count += 1) {
  try {
    await store.update((state) => ({ ...state, allocations: [...state.allocations, allocation(count)] }));
  } catch (error) {
    const code = error instanceof FlockError ? error.code : 'unexpected';
    process.stdout.write(`refused ${code} with ${store.state.allocations.length}: ${String(error)}\n`);
    break;
  }
  process.stdout.write(`have ${count}\n`);
}
