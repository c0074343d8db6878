import type { Action } from './action.ts';
import { BIRD_ACTIONS } from './actions-bird.ts';
import { FILE_ACTIONS, MANIFEST_ACTIONS } from './actions-files.ts';
import { FILTER_ACTIONS, SYSCTL_ACTIONS } from './actions-host.ts';
import { HOST_END_ACTIONS, ROUTE_ACTIONS } from './actions-ip.ts';
import { POD_ACTIONS } from './actions-pod.ts';

/** Kinds of actions, and how many of twenty actions are of each. */
export const SHARES: readonly (readonly [kind: readonly Action[], share: number])[] = [
  [ROUTE_ACTIONS, 4],
  [HOST_END_ACTIONS, 3],
  [POD_ACTIONS, 3],
  [SYSCTL_ACTIONS, 3],
  [FILTER_ACTIONS, 1],
  [BIRD_ACTIONS, 2],
  [MANIFEST_ACTIONS, 2],
  [FILE_ACTIONS, 2],
];

export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  SHARES.flatMap(([kind]) => kind).map((action) => [action.name, action]),
);

/** The action of a name. @throws Error when there is none. */
export function actionOf(name: string): Action {
  const action = ACTIONS.get(name);
  if (action === undefined) throw new Error(`there is no action ${name}`);
  return action;
}
