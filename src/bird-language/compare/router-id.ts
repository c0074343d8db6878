import type { Model } from '../meaning/model.ts';
import type { Value } from '../meaning/values.ts';
import { changeText } from './reasons.ts';

/**
 * Why a protocol restarts that compares the router id in force: its own, or the global one. If the new text has no
 * global one, BIRD keeps the one that it has (`proto_get_router_id` in `nest/protocol.h`, `global_commit` in
 * `conf/conf.c`).
 * @param own the protocol's own, before and after; unset when it has none.
 */
export function routerIdReasons(before: Model, after: Model, own: readonly [was: Value, is: Value]): string[] {
  const stood = own[0] || before.routerId;
  const id = own[1] || after.routerId || before.routerId;
  return id === stood ? [] : [changeText('router id', stood, id)];
}
