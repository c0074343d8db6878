import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCheck,
  parseConfigure,
  parseConfigureStatus,
  parseConfirm,
} from '../../src/bird-control/replies/parse-configure.ts';
import { parseProtocols } from '../../src/bird-control/replies/parse-protocols.ts';
import { parseRouteCount, parseRoutes } from '../../src/bird-control/replies/parse-routes.ts';
import { parseStatus } from '../../src/bird-control/replies/parse-status.ts';
import type { Reply } from '../../src/bird-control/replies/reply.ts';
import { unlessRefused } from '../unit/bird-control/refusals.ts';
import { captured, replyCode, split } from '../unit/bird-control/replies.ts';

const PARSERS: Readonly<Record<string, (reply: Reply) => unknown>> = {
  'show status': (reply) => parseStatus('show status', reply),
  'show protocols all': (reply) => parseProtocols('show protocols all', reply),
  'show route all': (reply) => parseRoutes('show route all', reply),
  'show route count': (reply) => parseRouteCount('show route count', reply),
  configure: (reply) => parseConfigure('configure', reply, undefined),
  'configure check': (reply) => parseCheck('configure check', reply, '/x'),
  'configure status': (reply) => parseConfigureStatus('configure status', reply),
  'configure confirm': (reply) => parseConfirm('configure confirm', reply),
};

const garbage = fc
  .array(
    fc.record({
      code: replyCode,
      text: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(' ', '\t', ':', '[', ']', '(', '1', 'a', '/', '*', ','), maxLength: 40 }),
      ),
    }),
    { minLength: 1, maxLength: 15 },
  )
  .map((lines): Reply => ({ ...(lines.at(-1) ?? { code: 0, text: '' }), lines, oversized: false }));

/** A captured reply with some lines changed, left out or doubled. */
function damaged(name: string): fc.Arbitrary<Reply> {
  const { lines } = captured(name);
  const change = fc.record({
    at: fc.nat(lines.length - 1),
    kind: fc.constantFrom('drop', 'double', 'cut', 'recode'),
    where: fc.nat(80),
    code: replyCode,
  });
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
    const left = lines.flatMap((original, index) => {
      const hit = changes.find((candidate) => candidate.at === index);
      if (hit === undefined) return [original];
      if (hit.kind === 'drop') return [];
      if (hit.kind === 'double') return [original, original];
      if (hit.kind === 'cut') return [{ ...original, text: original.text.slice(0, hit.where) }];
      return [{ ...original, code: hit.code }];
    });
    return { ...(left.at(-1) ?? { code: 0, text: '' }), lines: left, oversized: false };
  });
}

describe.each(Object.entries(PARSERS))('the parser of `%s`', (_, parse) => {
  it('never fails on garbage but with a BirdError', () => {
    fc.assert(
      fc.property(garbage, (reply) => {
        unlessRefused(['protocol', 'refused'], () => parse(reply));
      }),
    );
  });

  it.each(['show-protocols-all', 'show-route-all', 'show-status', 'count-two-tables', 'configure-status-timeout'])(
    'never fails on a damaged %s but with a BirdError',
    (name) => {
      fc.assert(
        fc.property(damaged(name), (reply) => {
          unlessRefused(['protocol', 'refused'], () => parse(reply));
        }),
        { numRuns: 40 },
      );
    },
  );
});

const symbol = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/);
const word = fc.stringMatching(/^[A-Za-z0-9:.-]{1,14}$/);

describe('what BIRD prints', () => {
  it('is read back from a protocol line, however long its parts are', () => {
    const since = fc.oneof(
      word,
      fc.tuple(word, word).map((words) => words.join(' ')),
    );
    const info = fc.oneof(
      fc.constant(''),
      fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(
        symbol,
        word,
        fc.option(symbol, { nil: undefined }),
        word,
        since,
        info,
        (name, type, table, state, when, about) => {
          fc.pre(table !== '---');
          const columns = [
            name.padEnd(10),
            type.padEnd(10),
            (table ?? '---').padEnd(10),
            state.padEnd(6),
            when.padEnd(12),
          ];
          const { replies } = split(`1002-${columns.join(' ')}  ${about}\n0000 \n`);
          expect(replies.flatMap((reply) => parseProtocols('show protocols all', reply))).toMatchObject([
            { name, type, table, state, since: when, info: about },
          ]);
        },
      ),
    );
  });

  it('is read back from the lines of a route', () => {
    const weight = fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined });
    const hop = fc.record({
      via: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }),
      interface: fc.stringMatching(/^[a-z0-9@.:_-]{1,15}$/),
      onlink: fc.boolean(),
      weight,
    });
    const attributes = fc.dictionary(
      fc.stringMatching(/^BGP\.[a-z_]{1,12}$/),
      fc.stringMatching(/^[0-9a-z(), ]{0,40}$/),
      {
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(
        symbol,
        fc.nat(65_535),
        fc.boolean(),
        fc.array(hop, { maxLength: 4 }),
        attributes,
        (protocol, preference, primary, hops, values) => {
          const heading = `192.0.2.1/32         unicast [${protocol} 10:00:00.000]${primary ? ' *' : ''} (${preference})`;
          const text = [
            `1007-${heading}`,
            ...hops.map(
              (next) =>
                ` \t${next.via === undefined ? 'dev' : `via ${next.via} on`} ${next.interface}${next.onlink ? ' onlink' : ''}${next.weight === undefined ? '' : ` weight ${next.weight}`}`,
            ),
            ...Object.entries(values).map(([name, value]) => `1012-\t${name}: ${value}`),
            '0000 \n',
          ].join('\n');
          expect(split(text).replies.flatMap((reply) => parseRoutes('show route all', reply))).toEqual([
            {
              network: '192.0.2.1/32',
              type: 'unicast',
              protocol,
              primary,
              preference,
              nextHops: hops,
              attributes: new Map(Object.entries(values).map(([name, value]) => [name, value.trim()])),
            },
          ]);
        },
      ),
    );
  });
});
