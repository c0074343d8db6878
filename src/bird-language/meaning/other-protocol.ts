import { splitBlock, splitItems } from '../text/statements.ts';
import { type BfdAuthentication, bfdAuthentication } from './bfd-authentication.ts';
import { channelName, policyValue } from './channels.ts';
import { NOT_RELOADABLE, RESTARTING } from './other-options.ts';
import type { Symbols } from './symbols.ts';
import type { Tables } from './tables.ts';
import { idValue, plainValue, switchValue, UNSET, type Value } from './values.ts';

/** A protocol that is not BGP, or a template of one. */
export interface OtherProtocol {
  readonly type: string;
  /** If the value is an expression that the text does not decide, it counts as running. */
  disabled: boolean;
  /** Its own router id; unset when it uses the global one. */
  routerId: Value;
  /**
   * What BIRD cannot change while the protocol runs, by name. A name that begins with `#` stands for an item that is in
   * no option table, and must not be shown: it may contain a password.
   */
  readonly settings: Map<string, Value>;
  /** Of a BFD protocol, in the order in which places are searched. */
  readonly authentication: BfdAuthentication[];
  /** Networks of the routes of a static protocol. */
  readonly networks: string[];
  /** The table of its channel. */
  table: Value;
  /** Whether no route of a static protocol reaches its table. */
  silent: boolean;
}

/** Items of every protocol that change nothing (`proto_item` in `nest/config.Y`). */
const HARMLESS = new Set(['description', 'debug', 'mrtdump']);

/** A protocol before its block is read: a copy of what it is `from`, or nothing set. */
export function newProtocol(type: string, from: OtherProtocol | undefined): OtherProtocol {
  if (from?.type !== type) {
    const lists = { settings: new Map(), authentication: [], networks: [] };
    return { type, disabled: false, routerId: UNSET, ...lists, table: UNSET, silent: false };
  }
  const { settings, authentication, networks } = from;
  return { ...from, settings: new Map(settings), authentication: [...authentication], networks: [...networks] };
}

/** Reads the block of a protocol. */
export function readProtocol(protocol: OtherProtocol, body: readonly string[], symbols: Symbols, tables: Tables): void {
  for (const item of splitItems(body)) {
    const channel = channelName(item);
    if (channel !== undefined) readChannel(protocol, channel, item, symbols, tables);
    else if (item[0] === 'route') readRoute(protocol, symbols.expand(item.slice(1)));
    else readItem(protocol, item, symbols, tables);
  }
  if (protocol.type === 'static') protocol.settings.set('igp table', gatewayTables(protocol, tables));
}

function readItem(protocol: OtherProtocol, item: readonly string[], symbols: Symbols, tables: Tables): void {
  const [first = '', ...rest] = item;
  const { settings } = protocol;
  if (HARMLESS.has(first)) return;
  if (first === 'disabled') readDisabled(protocol, switchValue(symbols.expand(rest)));
  else if (first === 'vrf') settings.set('vrf', plainValue(symbols.expand(rest)));
  else if (first === 'router' && rest[0] === 'id') protocol.routerId = idValue(symbols.expand(rest.slice(1)));
  else readOption(protocol, item, symbols, tables);
  const isPlace = first === 'interface' || first === 'multihop';
  if (protocol.type === 'bfd' && isPlace) protocol.authentication.push(bfdAuthentication(symbols.expand(item)));
}

function readDisabled(protocol: OtherProtocol, value: Value): void {
  protocol.disabled = value === 'on';
  if (value === 'on' || value === 'off') protocol.settings.delete('disabled');
  else protocol.settings.set('disabled', value);
}

function readOption(
  { type, settings }: OtherProtocol,
  item: readonly string[],
  symbols: Symbols,
  tables: Tables,
): void {
  const known = RESTARTING.get(type);
  const found = known?.find(([words]) => words.split(' ').every((word, index) => item[index] === word));
  if (found !== undefined) {
    const [words, initial, form] = found;
    const rest = symbols.expand(item.slice(words.split(' ').length));
    const value = form === 'switch' ? switchValue(rest[0] === 'limit' ? [] : rest.slice(0, 1)) : plainValue(rest);
    const stood = settings.get(words) ?? '';
    if (form === 'table') settings.set(words, `${stood} ${tables.identity(value)}`.trim());
    else if (form === 'list') settings.set(words, `${stood} ${value}`);
    else if (value === initial) settings.delete(words);
    else settings.set(words, value);
  } else if (known === undefined) {
    settings.set(`#${plainValue(symbols.expand(item))}`, 'on');
  }
}

function readChannel(
  protocol: OtherProtocol,
  name: string,
  item: readonly string[],
  symbols: Symbols,
  tables: Tables,
): void {
  const key = `channel ${name}`;
  if (!protocol.settings.has(key)) protocol.table = tables.defaultFor(name);
  const fixed = NOT_RELOADABLE.has(protocol.type) || !RESTARTING.has(protocol.type);
  for (const [word = '', ...rest] of splitItems(splitBlock(item).body)) {
    if (word === 'table') protocol.table = tables.identity(plainValue(rest));
    if (word === 'preference' && fixed) protocol.settings.set(`${key} preference`, plainValue(symbols.expand(rest)));
    if (word === 'import' && /^(filter|where|all|none)$/.test(rest[0] ?? '')) {
      protocol.silent = rest[0] === 'none';
      if (fixed) protocol.settings.set(`${key} import`, policyValue(rest, symbols));
    }
  }
  protocol.settings.set(key, protocol.table);
}

/** Only static protocols have routes of their own (`stat_route0` in `proto/static/config.Y`). */
function readRoute({ type, networks, settings }: OtherProtocol, tokens: readonly string[]): void {
  if (type !== 'static') {
    settings.set(`#route ${plainValue(tokens)}`, 'on');
    return;
  }
  const slash = tokens.indexOf('/');
  networks.push(slash === 1 ? tokens.slice(0, 3).join('') : (tokens[0] ?? ''));
}

/**
 * Where a static protocol looks up gateways (`static_postconfig` in `proto/static/static.c`), excluding its own table.
 * Of several tables of one kind the last counts.
 */
function gatewayTables({ settings, table }: OtherProtocol, tables: Tables): Value {
  const candidates = [...(settings.get('igp table') ?? '').split(' ').reverse(), table];
  const found = (['ipv4', 'ipv6'] as const).map((kind) => tables.lookup(kind, candidates));
  return found.filter((one) => one !== table).join(' ');
}
