import { BGP_OPTIONS, CHANNEL_OPTIONS } from '../meaning/bgp-options.ts';
import type { BgpSession, Settings } from '../meaning/bgp-session.ts';
import type { Effect, Option, OptionTable } from '../meaning/options.ts';
import { limitMayEnd, UNSET, type Value } from '../meaning/values.ts';
import { changedItems, changeText, itemName } from './reasons.ts';
import type { ChannelRefeed } from './types.ts';

/** What a change does to one session that remains. */
interface SessionChange {
  /** Why it is reset; empty when it is not. */
  readonly reasons: readonly string[];
  /** Which channels are refilled when it is not reset. */
  readonly refeeds: readonly Omit<ChannelRefeed, 'protocol'>[];
}

/** Compares two states of a BGP protocol, both enabled and with their defaults filled in. */
export function compareSessions(before: BgpSession, after: BgpSession): SessionChange {
  const refreshes = value(after, 'capabilities') !== 'off';
  const reasons = differences(before, after, BGP_OPTIONS, (option) => sessionText(option, before, after))
    .filter(({ follows }) => !follows)
    .map(({ text }) => text);
  const followed: string[] = [];
  const refeeds: Omit<ChannelRefeed, 'protocol'>[] = [];
  for (const channel of new Set([...before.channels.keys(), ...after.channels.keys()])) {
    const [was, is] = [before.channels.get(channel), after.channels.get(channel)];
    if (was === undefined || is === undefined) {
      reasons.push(`channel ${channel} ${was === undefined ? 'added' : 'removed'}`);
      continue;
    }
    const changes = differences(was, is, CHANNEL_OPTIONS, (option) => channelText(option, was, is));
    const of = (...effects: Effect[]): string[] =>
      changes.filter(({ effect, follows }) => !follows && effects.includes(effect)).map(({ text }) => text);
    const ofOthers = changes.filter(({ effect, follows }) => follows && effect === 'reset');
    followed.push(...ofOthers.map(({ text }) => `channel ${channel}: ${text}`));
    const imports = of('import', 'both');
    // Without capabilities there is no route refresh: BIRD cannot ask for the routes again and restarts the session.
    const resets = refreshes ? of('reset') : [...of('reset'), ...imports];
    reasons.push(...resets.map((text) => `channel ${channel}: ${text}`));
    if (imports.length > 0) refeeds.push({ channel, direction: 'import', reasons: imports });
    const exports = of('export', 'both');
    if (exports.length > 0) refeeds.push({ channel, direction: 'export', reasons: exports });
  }
  // A default that changed for none of the reasons above: a table that is recreated without being named.
  if (reasons.length === 0) reasons.push(...followed);
  return { reasons, refeeds: reasons.length > 0 ? [] : refeeds };
}

interface Difference {
  readonly effect: Effect;
  readonly text: string;
  /** The option is given on neither side: its value follows from others, whose change is usually reported already. */
  readonly follows: boolean;
}

/** The options whose change has an effect. `raise` and `limit` become `reset` when they reset. */
function differences(
  before: Settings,
  after: Settings,
  table: OptionTable,
  describe: (option: Option) => string,
): Difference[] {
  const found: Difference[] = [];
  for (const option of table.fields) {
    const [was, is] = [value(before, option.field), value(after, option.field)];
    if (was === is) continue;
    const effect = effectOf(option.effect, was, is);
    const follows = before.derived.has(option.field) && after.derived.has(option.field);
    if (effect !== 'none') found.push({ effect, text: describe(option), follows });
  }
  const unknown = new Set(changedItems(before.unknown, after.unknown).map(itemName));
  return [...found, ...[...unknown].map((text) => ({ effect: 'reset' as const, text, follows: false }))];
}

function effectOf(effect: Effect, was: Value, is: Value): Effect {
  if (effect === 'raise') return is === 'off' ? 'none' : 'reset';
  // Routes are sent with other metrics; import differs only when AIGP is switched on or off.
  if (effect === 'both') return was === 'off' || is === 'off' ? 'both' : 'export';
  if (effect === 'limit') return limitMayEnd(was, is) ? 'reset' : 'none';
  return effect;
}

function sessionText({ field, secret }: Option, before: BgpSession, after: BgpSession): string {
  if (secret) return field;
  const neighbor = value(after, 'neighbor address');
  const text = changeText(field, value(before, field), value(after, field));
  // One line of the configuration: `neighbor 10.0.0.254 as 64600 → 64999`.
  if (field === 'neighbor AS' && neighbor !== UNSET && neighbor === value(before, 'neighbor address')) {
    return text.replace('neighbor AS', `neighbor ${neighbor} as`);
  }
  return field === 'neighbor address' ? text.replace('neighbor address', 'neighbor') : text;
}

function channelText({ field, effect }: Option, before: Settings, after: Settings): string {
  const text = changeText(field, value(before, field), value(after, field));
  if (field === 'import' || field === 'export') return text === field ? `${field} filter` : text;
  return effect === 'limit' ? `${text}, which ends a session with more routes` : text;
}

function value({ values }: Settings, field: string): Value {
  return values.get(field) ?? UNSET;
}
