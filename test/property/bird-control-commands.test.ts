import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCommand, configureCommand, showRouteCommand } from '../../src/bird-control/commands.ts';
import { encodeCommand, MAX_COMMAND_BYTES, quoteName, quotePath } from '../../src/bird-control/quote.ts';
import { unlessRefused } from '../unit/bird-control/refusals.ts';

/** Tokens as BIRD's lexer (conf/cf-lex.l) takes them from a command: words, "texts" and 'names'. */
function lex(command: string): string[] {
  const tokens = /\s*(?:"([^"\n]*)"|'([A-Za-z0-9_.:-]*)'|([^\s"']+))/y;
  const found: string[] = [];
  while (tokens.lastIndex < command.length) {
    const match = tokens.exec(command);
    if (match === null) throw new Error(`BIRD cannot read ${command}`);
    found.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return found;
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('a', '/', '"', "'", ' ', '\n', '\\', 'é', ';', '#', '\0'), maxLength: 40 }),
  fc.string({ minLength: 850, maxLength: 950 }),
);

describe('commands', () => {
  it('are one line, never longer than the limit, and arrive as they were meant', () => {
    fc.assert(
      fc.property(hostile, (command) => {
        const bytes = unlessRefused(['invalidCommand'], () => encodeCommand(command));
        if (bytes === undefined) return;
        expect(bytes.length).toBeLessThanOrEqual(MAX_COMMAND_BYTES);
        expect(bytes.indexOf('\n')).toBe(bytes.length - 1);
        expect(bytes.toString('utf8', 0, bytes.length - 1)).toBe(command);
      }),
    );
  });

  it('carry any path, or refuse it', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, absolute) => {
        const path = absolute ? `/${text}` : text;
        if (unlessRefused(['invalidCommand'], () => quotePath(path)) === undefined) return;
        expect(lex(checkCommand(path))).toEqual(['configure', 'check', path]);
        expect(lex(configureCommand({ file: path, soft: true, undoAfterSeconds: 5 }))).toEqual([
          'configure',
          'soft',
          path,
          'timeout',
          '5',
        ]);
      }),
    );
  });

  it('carry any name, or refuse it', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.stringMatching(/^[A-Za-z0-9_.:-]{1,63}$/)), (name) => {
        if (unlessRefused(['invalidCommand'], () => quoteName(name)) === undefined) return;
        expect(lex(showRouteCommand({ protocol: name, table: name }))).toEqual([
          'show',
          'route',
          'table',
          name,
          'protocol',
          name,
        ]);
      }),
    );
  });
});
