import type { Model } from './model.ts';
import type { OtherProtocol } from './other-protocol.ts';
import { changeText, itemName } from './reasons.ts';
import type { ProtocolChange } from './types.ts';
import { UNSET, type Value } from './values.ts';

/** Protocols that compare the router id in force (`ospf_reconfigure`, `babel_reconfigure`). */
const WITH_ROUTER_ID = /^(?:ospf|babel)/;

/** Works out what becomes of the protocols that are not BGP. One that is disabled in the text counts as absent. */
export function compareProtocols(before: Model, after: Model): ProtocolChange[] {
  const changes: ProtocolChange[] = [];
  for (const name of new Set([...before.protocols.keys(), ...after.protocols.keys()])) {
    const [was, is] = [before.protocols.get(name), after.protocols.get(name)];
    const [stood, stays] = [was?.disabled === false ? was : undefined, is?.disabled === false ? is : undefined];
    if (stood !== undefined && stays !== undefined && stood.type === stays.type) {
      const reasons = [...settingReasons(stood, stays), ...routerIdReasons(before, after, stays)];
      if (reasons.length > 0) changes.push({ protocol: name, type: stays.type, change: 'restarts', reasons });
      continue;
    }
    if (stood !== undefined) {
      const reason = is === undefined ? 'removed' : is.disabled ? 'disabled' : 'replaced';
      changes.push({ protocol: name, type: stood.type, change: 'ends', reasons: [reason] });
    }
    if (stays !== undefined) {
      const reason = was === undefined ? 'added' : was.disabled ? 'enabled' : 'replaced';
      changes.push({ protocol: name, type: stays.type, change: 'begins', reasons: [reason] });
    }
  }
  return changes;
}

function settingReasons(before: OtherProtocol, after: OtherProtocol): string[] {
  const reasons = new Set<string>();
  for (const key of new Set([...before.settings.keys(), ...after.settings.keys()])) {
    const [was, is] = [before.settings.get(key), after.settings.get(key)];
    if (was === is) continue;
    if (key.startsWith('#')) reasons.add(itemName(key.slice(1)));
    else reasons.add(changeText(key, was ?? UNSET, is ?? UNSET));
  }
  return [...reasons];
}

function routerIdReasons(before: Model, after: Model, { type, settings }: OtherProtocol): string[] {
  const id: Value = after.routerId;
  if (!WITH_ROUTER_ID.test(type) || settings.has('router id') || id === UNSET || id === before.routerId) return [];
  return [changeText('router id', before.routerId, id)];
}
