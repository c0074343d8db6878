import { channelName, policyValue } from './bgp-session.ts';
import { splitBlock, splitItems } from './statements.ts';
import type { Symbols } from './symbols.ts';
import type { Tables } from './tables.ts';
import { idValue, plainValue, switchValue, UNSET, type Value } from './values.ts';

/** A protocol that is not BGP, or a template of one. */
export interface OtherProtocol {
  readonly type: string;
  disabled: boolean;
  /**
   * What BIRD cannot change while the protocol runs, by name. A name that begins with `#` stands for an item that no table
   * knows, and is not for people: it may hold a password.
   */
  readonly settings: Map<string, Value>;
  /** What BFD proves itself with: compared, never shown. */
  readonly secrets: string[];
  /** Networks of the routes of a static protocol. */
  readonly networks: string[];
  /** The table of its channel. */
  table: Value;
  /** Whether nothing of a static protocol reaches its table. */
  silent: boolean;
}

/** An option that restarts its protocol, with its value where it is not given. */
type Restarting = readonly [words: string, initial: Value, form: 'switch' | 'value'];

/**
 * Options that restart a protocol. Whatever else stands in these protocols is changed while they run:
 * `static_reconfigure` in `proto/static/static.c`, `krt_reconfigure` and `krt_sys_reconfigure` in `sysdep/`,
 * `kif_reconfigure` in `sysdep/unix/krt.c`, `bfd_reconfigure` in `proto/bfd/bfd.c`, `dev_reconfigure` in
 * `nest/rt-dev.c`, `pipe_reconfigure` in `proto/pipe/pipe.c`. Of other kinds any difference counts.
 */
const RESTARTING: ReadonlyMap<string, readonly Restarting[]> = new Map<string, readonly Restarting[]>([
  ['static', [['igp table', '', 'value']]],
  [
    'kernel',
    [
      ['scan time', '60', 'value'],
      ['learn', 'off', 'switch'],
      ['kernel table', '254', 'value'],
      ['metric', '32', 'value'],
      // Whether paths are merged; how many, behind the word `limit`, is changed on the fly.
      ['merge paths', 'off', 'switch'],
    ],
  ],
  ['device', []],
  [
    'bfd',
    [
      ['accept', '', 'value'],
      ['strict bind', 'off', 'switch'],
    ],
  ],
  [
    'direct',
    [
      ['interface', '', 'value'],
      ['check link', 'off', 'switch'],
    ],
  ],
  [
    'pipe',
    [
      ['peer table', '', 'value'],
      ['table', '', 'value'],
    ],
  ],
]);

/** Words of BFD's authentication (`bfd_iface_item` in `proto/bfd/config.Y`). */
const SECRETS = new Set(['authentication', 'password', 'key']);

/** Items of every protocol that change nothing (`proto_item` in `nest/config.Y`). */
const HARMLESS = new Set(['description', 'debug', 'mrtdump']);

/** Protocols that have their routes only once, so that another import policy or preference restarts them (no `reload_routes`). */
const NOT_RELOADABLE = new Set(['direct', 'babel', 'radv', 'rpki']);

/** A protocol before its block is read: a copy of what it is `from`, or nothing set. */
export function newProtocol(type: string, from: OtherProtocol | undefined): OtherProtocol {
  if (from?.type !== type) {
    return { type, disabled: false, settings: new Map(), secrets: [], networks: [], table: UNSET, silent: false };
  }
  return { ...from, settings: new Map(from.settings), secrets: [...from.secrets], networks: [...from.networks] };
}

/** Reads the block of a protocol. */
export function readProtocol(protocol: OtherProtocol, body: readonly string[], symbols: Symbols, tables: Tables): void {
  for (const item of splitItems(body)) {
    const channel = channelName(item);
    if (channel !== undefined) readChannel(protocol, channel, item, symbols, tables);
    else if (item[0] === 'route') readRoute(protocol, symbols.expand(item.slice(1)));
    else readItem(protocol, item, symbols);
  }
}

function readItem(protocol: OtherProtocol, item: readonly string[], symbols: Symbols): void {
  const [first = '', ...rest] = item;
  const { settings } = protocol;
  if (HARMLESS.has(first)) return;
  if (first === 'disabled') protocol.disabled = switchValue(symbols.expand(rest)) !== 'off';
  else if (first === 'vrf') settings.set('vrf', plainValue(symbols.expand(rest)));
  else if (first === 'router' && rest[0] === 'id') settings.set('router id', idValue(symbols.expand(rest.slice(1))));
  else readOption(protocol, item, symbols);
  if (protocol.type === 'bfd' && item.some((token) => SECRETS.has(token)))
    protocol.secrets.push(plainValue(symbols.expand(item)));
}

function readOption({ type, settings }: OtherProtocol, item: readonly string[], symbols: Symbols): void {
  const known = RESTARTING.get(type);
  const found = known?.find(([words]) => words.split(' ').every((word, index) => item[index] === word));
  if (found !== undefined) {
    const [words, initial, form] = found;
    const rest = symbols.expand(item.slice(words.split(' ').length));
    const value = form === 'switch' ? switchValue(rest[0] === 'limit' ? [] : rest.slice(0, 1)) : plainValue(rest);
    if (words === 'interface') settings.set(words, `${settings.get(words) ?? ''} ${value}`);
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
  if (!protocol.settings.has(key)) protocol.table = tables.identity(tables.defaultTable(name));
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
