import type { BirdRoute } from '../types.ts';
import { CODE, unexpectedReply, unreadableLine, wholeNumber } from './expect.ts';
import { parseNextHop } from './parse-next-hop.ts';
import type { Reply, ReplyLine } from './reply.ts';

/** A route whose lines are still coming in. */
interface Draft extends BirdRoute {
  readonly nextHops: BirdRoute['nextHops'][number][];
  readonly attributes: Map<string, string>;
  incomplete?: true;
}

/**
 * The answer to `show route`, with `all` or without. No routes when BIRD says 8001, network not found.
 * @throws BirdError `refused` or `protocol`
 */
export function parseRoutes(command: string, reply: Reply): BirdRoute[] {
  if (reply.code === CODE.notFound) return [];
  if (reply.code !== CODE.ok) throw unexpectedReply(command, reply);
  const routes: Draft[] = [];
  let attribute: string | undefined;
  for (const line of reply.lines) {
    const route = routes.at(-1);
    if (line.code === CODE.route && isHeading(line.text)) {
      routes.push(heading(command, line.text, route?.network));
      attribute = undefined;
    } else if (route !== undefined) {
      attribute = detail(command, route, line, attribute);
    }
  }
  return routes;
}

/** Neither `Table master4:` nor the empty line before it, nor a line of details, which begins with a tab. */
function isHeading(text: string): boolean {
  return text !== '' && !text.startsWith('\t') && !/^Table \S+:$/.test(text);
}

/**
 * `network type [protocol time from address] * (preference) …`, the network omitted when it equals the previous one
 * (`rt_show_rte`, nest/rt-show.c). ` *` marks the primary route, ` !` one that the kernel did not accept.
 */
function heading(command: string, text: string, previousNetwork: string | undefined): Draft {
  const open = text.indexOf(' [');
  const close = text.indexOf(']', open);
  if (open === -1 || close === -1) throw unreadableLine(command, text);
  const head = text.slice(0, open);
  const typeStart = head.lastIndexOf(' ') + 1;
  const network = head.slice(0, typeStart).trim() || previousNetwork;
  const protocol = text.slice(open + 2, close).split(' ', 1)[0] ?? '';
  const type = head.slice(typeStart);
  if (network === undefined || type === '' || protocol === '') throw unreadableLine(command, text);
  const tail = text.slice(close + 1);
  return {
    network,
    type,
    protocol,
    primary: tail.startsWith(' *') || tail.startsWith(' !'),
    preference: wholeNumber(/\((\d+)/.exec(tail)?.[1]),
    nextHops: [],
    attributes: new Map(),
  };
}

/** Adds a line below a heading to its route. Returns the attribute that a continuation line would continue. */
function detail(command: string, route: Draft, line: ReplyLine, attribute: string | undefined): string | undefined {
  if (line.code === CODE.tooLong) {
    route.incomplete = true;
  } else if (line.code === CODE.route && line.text.startsWith('\t')) {
    const nextHop = parseNextHop(line.text.trim());
    if (nextHop === undefined) throw unreadableLine(command, line.text);
    route.nextHops.push(nextHop);
  } else if (line.code === CODE.routeDetail && line.text.startsWith('\tType: ')) {
    route.attributes.set('Type', line.text.slice('\tType: '.length));
  } else if (line.code === CODE.routeAttribute && line.text.startsWith('\t\t')) {
    // Long lists continue in lines that begin with two tabs (`ea_show_int_set`, nest/rt-attr.c).
    if (attribute === undefined) return undefined;
    route.attributes.set(attribute, `${route.attributes.get(attribute)} ${line.text.trim()}`);
    return attribute;
  } else if (line.code === CODE.routeAttribute) {
    const colon = line.text.indexOf(':');
    if (colon === -1) return undefined;
    const name = attributeName(line.text.slice(0, colon).trim());
    route.attributes.set(name, line.text.slice(colon + 1).trim());
    return name;
  }
  return undefined;
}

/** BIRD 3 says `bgp_path` and `bgp_med` where BIRD 2 says `BGP.as_path` and `BGP.med`; the names of 2 are used for both. */
function attributeName(name: string): string {
  if (name === 'bgp_path') return 'BGP.as_path';
  return name.startsWith('bgp_') ? `BGP.${name.slice('bgp_'.length)}` : name;
}

/**
 * The answer to `show route … count`: one 1007 line for a single table; with several, 0014 holds their sum.
 * @throws BirdError `refused` or `protocol`
 */
export function parseRouteCount(command: string, reply: Reply): number {
  if (reply.code === CODE.notFound) return 0;
  if (reply.code !== CODE.ok && reply.code !== CODE.routeCount) throw unexpectedReply(command, reply);
  const counts = reply.lines.filter(
    (line) => line.code === (reply.code === CODE.routeCount ? CODE.routeCount : CODE.route),
  );
  const count = wholeNumber(/^(?:Total: )?(\d+) of \d+ routes\b/.exec(counts[0]?.text ?? '')?.[1]);
  if (counts.length !== 1 || count === undefined) {
    throw unreadableLine(command, counts.map((line) => line.text).join(' / '));
  }
  return count;
}
