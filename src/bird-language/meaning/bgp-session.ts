import { splitBlock, splitItems } from '../text/statements.ts';
import { BGP_OPTIONS, CHANNEL_OPTIONS } from './bgp-options.ts';
import { channelName, policyValue } from './channels.ts';
import { endpointOptions } from './endpoint.ts';
import type { Option, OptionTable } from './options.ts';
import type { Symbols } from './symbols.ts';
import { idValue, limitValue, plainValue, switchValue, type Value } from './values.ts';

/** What a block sets: values by the name of the option, and what is in no option table. */
export interface Settings {
  readonly values: Map<string, Value>;
  /** Items that are in no option table, as written. */
  readonly unknown: string[];
  /** Options that are not given, whose value follows from others. */
  readonly derived: Set<string>;
}

function newSettings(): Settings {
  return { values: new Map(), unknown: [], derived: new Set() };
}

/** A BGP protocol or a template of one, with everything that it inherits from its own template. */
export interface BgpSession extends Settings {
  /** Options of BFD in force, or `off`. */
  bfd: Value;
  /** Channels by their names in BIRD: `ipv4`, `ipv6`, `ipv4-mc`, … */
  readonly channels: Map<string, Settings>;
}

/** A BGP protocol before its block is read: a copy of what it is `from`, or nothing set. */
export function newSession(from: BgpSession | undefined): BgpSession {
  if (from === undefined) {
    return { ...newSettings(), bfd: 'off', channels: new Map() };
  }
  const channels = [...from.channels].map(([name, channel]) => [name, copySettings(channel)] as const);
  return { ...copySettings(from), bfd: from.bfd, channels: new Map(channels) };
}

/**
 * Whether BIRD does not start it. If the value is an expression that the text does not decide, it counts as running.
 */
export function isDisabled({ values }: BgpSession): boolean {
  return values.get('disabled') === 'on';
}

/** A value that follows from other options in a protocol counts as given in one that is `from` it. */
function copySettings({ values, unknown }: Settings): Settings {
  return { values: new Map(values), unknown: [...unknown], derived: new Set() };
}

/** Reads the block of a BGP protocol. The last of several values for one option counts. */
export function readSession(session: BgpSession, body: readonly string[], symbols: Symbols): void {
  for (const item of splitItems(body)) readItem(session, item, symbols);
}

function readItem(session: BgpSession, item: readonly string[], symbols: Symbols): void {
  const [first = '', ...rest] = item;
  const channel = channelName(item);
  if (channel !== undefined) {
    const settings = session.channels.get(channel) ?? newSettings();
    session.channels.set(channel, settings);
    for (const one of splitItems(splitBlock(item).body)) readOption(settings, CHANNEL_OPTIONS, one, symbols);
  } else if (first === 'bfd') {
    session.bfd = bfdValue(session.bfd, symbols.expand(rest));
  } else if ((first === 'local' || first === 'neighbor') && rest[0] !== 'role') {
    for (const [field, value] of endpointOptions(first, symbols.expand(rest))) session.values.set(field, value);
  } else {
    readOption(session, BGP_OPTIONS, item, symbols);
  }
}

function readOption(settings: Settings, table: OptionTable, item: readonly string[], symbols: Symbols): void {
  const found = table.find(item);
  if (found === undefined) {
    settings.unknown.push(plainValue(symbols.expand(item)));
    return;
  }
  const { field, form } = found.option;
  const value = optionValue(found.option, found.rest, symbols);
  const stood = settings.values.get(field);
  // There is one such table for each family, and the name alone does not show its family.
  settings.values.set(field, form === 'table' && stood !== undefined ? `${stood} ${value}` : value);
}

function optionValue({ form, fixed }: Option, tokens: readonly string[], symbols: Symbols): Value {
  if (form === 'policy') return policyValue(tokens, symbols);
  const expanded = symbols.expand(tokens);
  if (form === 'fixed') return fixed;
  if (form === 'switch') return switchValue(expanded);
  if (form === 'id') return idValue(expanded);
  return form === 'limit' ? limitValue(expanded) : plainValue(expanded);
}

/** BFD options are added to those already set; `off` clears them all. */
function bfdValue(before: Value, tokens: readonly string[]): Value {
  const stood = before === 'off' ? '' : before;
  if (tokens[0] === '{') return `${stood} ${plainValue(tokens)}`.trim();
  if (tokens[0] === 'graceful') return `${stood} { graceful ; }`.trim();
  const wanted = switchValue(tokens);
  return wanted === 'on' ? stood || 'on' : wanted;
}
