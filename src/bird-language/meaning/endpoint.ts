import { plainValue, type Value } from './values.ts';

/** Words that begin another part of `local …` and `neighbor …` (`bgp_loc_opts`, `bgp_nbr_opts` in `proto/bgp/config.Y`). */
const PARTS = new Set(['port', 'as', 'internal', 'external', 'onlink', 'range']);

/**
 * What `local ADDRESS%INTERFACE port N as N` and `neighbor …` set, by the names of the options.
 * @param tokens what follows the first word, with names replaced by their definitions.
 */
export function endpointOptions(end: 'local' | 'neighbor', tokens: readonly string[]): [string, Value][] {
  const options: [string, Value][] = [];
  for (const { word, rest } of splitParts(tokens)) {
    if (word === 'port') options.push([`${end} port`, plainValue(rest)]);
    else if (word === 'as') options.push([`${end} AS`, plainValue(rest)]);
    else if (word === 'internal' || word === 'external') options.push(['neighbor type', word]);
    else if (word === 'onlink') options.push(['onlink', 'on']);
    else if (word === 'range') options.push(['neighbor range', rest.join('')]);
    else if (rest.length > 0) options.push(...address(end, rest));
  }
  return options;
}

function address(end: 'local' | 'neighbor', tokens: readonly string[]): [string, Value][] {
  const scope = tokens.indexOf('%');
  if (scope === -1) return [[`${end} address`, plainValue(tokens)]];
  return [
    [`${end} address`, plainValue(tokens.slice(0, scope))],
    // As a string, as in the option `interface`.
    ['interface', `"${tokens.slice(scope + 1).join('')}`],
  ];
}

function splitParts(tokens: readonly string[]): { word: string; rest: string[] }[] {
  let part: { word: string; rest: string[] } = { word: '', rest: [] };
  const parts = [part];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0 && PARTS.has(token)) {
      part = { word: token, rest: [] };
      parts.push(part);
      continue;
    }
    if (token === '(') depth += 1;
    if (token === ')') depth = Math.max(0, depth - 1);
    part.rest.push(token);
  }
  return parts;
}
