import type { Model } from '../meaning/model.ts';
import type { OtherProtocol } from '../meaning/other-protocol.ts';
import { UNSET } from '../meaning/values.ts';
import { changeText, itemName } from './reasons.ts';
import { routerIdReasons } from './router-id.ts';
import type { ProtocolChange } from './types.ts';

/** Protocols that compare the router id in force (`ospf_reconfigure`, `babel_reconfigure`). */
const WITH_ROUTER_ID = /^(?:ospf|babel)/;

/** Determines the changes of the protocols other than BGP. One that is disabled in the text counts as absent. */
export function compareProtocols(before: Model, after: Model): ProtocolChange[] {
  const changes: ProtocolChange[] = [];
  for (const name of new Set([...before.protocols.keys(), ...after.protocols.keys()])) {
    const [was, is] = [before.protocols.get(name), after.protocols.get(name)];
    const [stood, stays] = [was?.disabled === false ? was : undefined, is?.disabled === false ? is : undefined];
    if (stood !== undefined && stays !== undefined && stood.type === stays.type) {
      const ids = WITH_ROUTER_ID.test(stays.type)
        ? routerIdReasons(before, after, [stood.routerId, stays.routerId])
        : [];
      const reasons = [...settingReasons(stood, stays), ...ids];
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
