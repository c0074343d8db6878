import { FAMILIES } from '../../model/address.ts';
import { announceProtocol, summaryProtocol } from '../../model/names.ts';
import type { Settings } from '../meaning/bgp-session.ts';
import { type Model, readModel } from '../meaning/model.ts';
import type { ConfigSet } from '../text/config-set.ts';
import { readConfig } from '../text/read.ts';
import { compareProtocols } from './protocols.ts';
import { compareAllSessions } from './sessions.ts';
import type { Preview } from './types.ts';

export type { ConfigSet } from '../text/config-set.ts';

/**
 * Predicts what happens when a BIRD that runs one configuration is told to `configure` another, from the two texts and
 * BIRD's own rules, without asking a BIRD. It never throws, whatever the texts are. Where versions of BIRD differ, and
 * where only the router knows, it assumes the worse: predicting a reset does no harm.
 */
export function previewChange(before: ConfigSet, after: ConfigSet): Preview {
  const [old, next] = [readConfig(before), readConfig(after)];
  const [was, is] = [readModel(old.tokens), readModel(next.tokens)];
  const [told, tells] = [announcedNetworks(was), announcedNetworks(is)];
  return {
    ...compareAllSessions(was, is, old.fault ?? next.fault),
    protocols: compareProtocols(was, is),
    announced: [...tells].filter((network) => !told.has(network)),
    withdrawn: [...told].filter((network) => !tells.has(network)),
  };
}

/** The networks of our own static protocols that are announced to the routers. */
function announcedNetworks(model: Model): Set<string> {
  const isTold = toldTables(model);
  const names = FAMILIES.flatMap((family) => [summaryProtocol(family), announceProtocol(family)]);
  const networks = names.flatMap((name) => {
    const protocol = model.protocols.get(name);
    if (protocol === undefined || protocol.disabled || protocol.silent || !isTold(protocol.table)) return [];
    return protocol.networks;
  });
  return new Set(networks);
}

/**
 * Whether routes of a table reach a session. A pipe may carry them into any other table; without sessions nothing is
 * known.
 */
function toldTables({ protocols, sessions }: Model): (table: string) => boolean {
  const tables = new Set([...sessions.values()].flatMap(({ channels }) => [...channels.values()]).map(tableOf));
  const all = tables.size === 0 || [...protocols.values()].some(({ type }) => type === 'pipe');
  return (table) => all || tables.has(table);
}

function tableOf({ values }: Settings): string {
  return values.get('table') ?? '';
}
