import { isTable, splitBlock, splitStatements } from '../text/statements.ts';
import { fillDefaults } from './bgp-defaults.ts';
import { type BgpSession, newSession, readSession } from './bgp-session.ts';
import { newProtocol, type OtherProtocol, readProtocol } from './other-protocol.ts';
import { Symbols } from './symbols.ts';
import { Tables } from './tables.ts';
import { idValue, plainValue, UNSET, type Value } from './values.ts';

/** The meaning of a configuration, as far as a change of it is noticeable from outside. */
export interface Model {
  readonly sessions: ReadonlyMap<string, BgpSession>;
  /** All other protocols. */
  readonly protocols: ReadonlyMap<string, OtherProtocol>;
  /** The global router id; unset when BIRD chooses one itself. */
  readonly routerId: Value;
  /** The global name of the host; unset when BIRD asks the kernel. */
  readonly hostname: Value;
  /** Global statements that are in no option table. */
  readonly unknown: readonly string[];
}

/**
 * Global statements that affect no protocol: `conf` in the `*.Y` files of 2.0.12 to 3.3. `graceful restart wait` counts
 * at the start only.
 */
const HARMLESS = new Set(
  'log debug mrtdump timeformat watchdog eval cli threads thread graceful attribute filter ;'.split(' '),
);

/** Reads the meaning of a configuration, statement by statement, as BIRD does. It never throws. */
export function readModel(tokens: readonly string[]): Model {
  const reader = new Reader();
  for (const statement of splitStatements(tokens)) reader.read(statement);
  return reader;
}

class Reader implements Model {
  readonly sessions = new Map<string, BgpSession>();
  readonly protocols = new Map<string, OtherProtocol>();
  readonly unknown: string[] = [];
  routerId: Value = UNSET;
  hostname: Value = UNSET;
  readonly #symbols = new Symbols();
  readonly #tables = new Tables();
  /** Templates and protocols of BGP by name; a protocol can be `from` either. */
  readonly #sessionParents = new Map<string, BgpSession>();
  readonly #protocolParents = new Map<string, OtherProtocol>();

  read(statement: readonly string[]): void {
    const [first = '', second = ''] = statement;
    const symbols = this.#symbols;
    if (first === 'define') symbols.define(second, statement.slice(3));
    else if (first === 'function') symbols.defineNamed(second, statement.slice(2));
    else if (first === 'filter' && second !== 'stacks') symbols.defineFilter(second, statement.slice(2));
    else if (first === 'attribute') symbols.defineNamed(statement.at(-1) ?? '', statement.slice(1, -1));
    else if (first === 'protocol' || first === 'template') this.#readProtocol(statement);
    else if (first === 'router' && second === 'id') this.#readRouterId(statement.slice(2));
    else if (first === 'hostname') this.hostname = plainValue(symbols.expand(statement.slice(1)));
    else if (isTable(statement)) symbols.use(this.#tables.define(statement));
    else if (!HARMLESS.has(first)) this.unknown.push(plainValue(symbols.expand(statement)));
  }

  #readRouterId(tokens: readonly string[]): void {
    // `router id from "eth0"`: an address of an interface, which the text does not show.
    this.routerId = tokens[0] === 'from' ? plainValue(tokens) : idValue(this.#symbols.expand(tokens));
  }

  #readProtocol(statement: readonly string[]): void {
    const { head, body } = splitBlock(statement);
    const isTemplate = head[0] === 'template';
    // The name may be `from` itself.
    const hasParent = head.length > 3 && head.at(-2) === 'from';
    const parent = hasParent ? (head.at(-1) ?? '') : '';
    const words = head.slice(1, hasParent ? -2 : undefined);
    // The kind of two protocols has a second word.
    const kindWords = (words[0] === 'ospf' && /^v[23]$/.test(words[1] ?? '')) || words[1] === 'ng' ? 2 : 1;
    const type = words.slice(0, kindWords).join(' ');
    const name = words[kindWords] ?? this.#symbols.nextName(words[0] ?? '');
    this.#symbols.use(name);
    if (type === 'bgp') {
      const session = newSession(this.#sessionParents.get(parent));
      readSession(session, body, this.#symbols);
      if (!isTemplate) fillDefaults(session, this.#tables);
      this.#sessionParents.set(name, session);
      if (!isTemplate) this.sessions.set(name, session);
    } else {
      const protocol = newProtocol(type, this.#protocolParents.get(parent));
      readProtocol(protocol, body, this.#symbols, this.#tables);
      this.#protocolParents.set(name, protocol);
      if (!isTemplate) this.protocols.set(name, protocol);
    }
  }
}
