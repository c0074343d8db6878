import { printable } from '../../model/printable.ts';
import type { ProtocolChannel, ProtocolStatus } from '../types.ts';
import { CODE, unexpectedReply, unreadableLine, wholeNumber } from './expect.ts';
import type { Reply } from './reply.ts';

/** A protocol's own line, with the lines of `show protocols all` that follow it. */
interface Section {
  readonly heading: string;
  readonly details: string[];
}

/**
 * The answer to `show protocols all`. Unknown lines are skipped, since each version of BIRD adds some; a protocol that
 * it cannot read at all is an error.
 * @throws BirdError `refused` or `protocol`
 */
export function parseProtocols(command: string, reply: Reply): ProtocolStatus[] {
  if (reply.code === CODE.noProtocolMatches) return [];
  if (reply.code !== CODE.ok) throw unexpectedReply(command, reply);
  const sections: Section[] = [];
  for (const { code, text } of reply.lines) {
    if (code === CODE.protocol) sections.push({ heading: text, details: [] });
    if (code === CODE.protocolDetail) sections.at(-1)?.details.push(text);
  }
  return sections.map((section) => protocol(command, section));
}

/**
 * `name type table state since  info`, in columns of `%-10s %-10s %-10s %-6s %-12s  %s` (`proto_cmd_show`,
 * nest/proto.c). A long value shifts the others, and `since` may contain single spaces: two spaces end it.
 */
function protocol(command: string, { heading, details }: Section): ProtocolStatus {
  const columns = /^(\S+) +(\S+) +(\S+) +(\S+) +(.*)$/.exec(heading);
  if (columns === null) throw unreadableLine(command, heading);
  const [, name = '', type = '', table = '', state = '', rest = ''] = columns;
  const end = rest.indexOf('  ');
  const firstChannel = details.findIndex((line) => CHANNEL.test(line));
  const about = firstChannel === -1 ? details : details.slice(0, firstChannel);
  return {
    name,
    type,
    table: table === '---' ? undefined : table,
    state,
    since: end === -1 ? rest : rest.slice(0, end),
    info: end === -1 ? '' : printable(rest.slice(end).trim()),
    bgp: type === 'BGP' ? bgp(about) : undefined,
    channels: firstChannel === -1 ? [] : channels(details.slice(firstChannel)),
  };
}

/** `bgp_show_proto_info`, proto/bgp/bgp.c. */
function bgp(lines: readonly string[]): NonNullable<ProtocolStatus['bgp']> {
  const own = fields(lines);
  return {
    state: own.get('BGP state'),
    // BIRD 2.16 and later may add ` onlink`.
    neighborAddress: own.get('Neighbor address')?.split(' ', 1)[0],
    neighborAs: wholeNumber(own.get('Neighbor AS')),
    sourceAddress: own.get('Source address'),
    lastError: own.get('Last error'),
    holdTimer: own.get('Hold timer'),
    routeRefresh: below(lines, 'Neighbor capabilities')?.includes('Route refresh'),
  };
}

/** The lines indented below a given line, without their indentation; undefined when that line does not exist. */
function below(lines: readonly string[], heading: string): string[] | undefined {
  const start = lines.findIndex((line) => line.trim() === heading);
  if (start === -1) return undefined;
  const depth = indentation(lines[start] ?? '');
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => indentation(line) <= depth);
  return (end === -1 ? rest : rest.slice(0, end)).map((line) => line.trim());
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

/** `channel_show_info`, nest/proto.c. */
const CHANNEL = /^ {2}Channel (\S+)$/;

function channels(lines: readonly string[]): ProtocolChannel[] {
  const found: ProtocolChannel[] = [];
  for (let start = 0; start < lines.length; ) {
    const next = lines.findIndex((line, index) => index > start && /^ {2}\S/.test(line));
    const end = next === -1 ? lines.length : next;
    const name = CHANNEL.exec(lines[start] ?? '')?.[1];
    if (name !== undefined) found.push(channel(name, fields(lines.slice(start + 1, end))));
    start = end;
  }
  return found;
}

function channel(name: string, own: ReadonlyMap<string, string>): ProtocolChannel {
  const routes = own.get('Routes') ?? '';
  const count = (what: string): number | undefined =>
    wholeNumber(new RegExp(`(?:^|, )(\\d+) ${what}(?:,|$)`).exec(routes)?.[1]);
  return {
    name,
    state: own.get('State') ?? '',
    table: own.get('Table'),
    imported: count('imported'),
    filtered: count('filtered'),
    exported: count('exported'),
    preferred: count('preferred'),
    importFilter: own.get('Input filter'),
    exportFilter: own.get('Output filter'),
    // A link-local address may follow.
    nextHop: own.get('BGP Next hop')?.split(' ', 1)[0],
    accepted: accepted(own),
  };
}

/** "Route change stats" (`channel_show_stats`, nest/proto.c): "accepted" is the last column in all versions. */
function accepted(own: ReadonlyMap<string, string>): ProtocolChannel['accepted'] {
  const last = (key: string): string | undefined => own.get(key)?.split(/\s+/).at(-1);
  const [imported, unimported] = [last('Import updates'), last('Import withdraws')];
  const [exported, unexported] = [last('Export updates'), last('Export withdraws')];
  if (imported === undefined || exported === undefined) return undefined;
  return { imports: `${imported} ${unimported}`, exports: `${exported} ${unexported}` };
}

/** `Key: value` lines by key. The first one of a key counts: deeper sections may repeat it. */
function fields(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const key = line.slice(0, colon).trim();
    // A shutdown communication (RFC 9003) stands here in the peer's own words.
    if (!found.has(key)) found.set(key, printable(line.slice(colon + 1).trim()));
  }
  return found;
}
