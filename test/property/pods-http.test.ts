import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ENDED, type ReadOutcome, ResponseReader } from '../../src/pods/probes/http/http-reader.ts';
import { requestTarget } from '../../src/pods/probes/http/http-target.ts';

/** Bytes that look like an answer, more or less. */
const answer = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK',
        'HTTP/1.0 302',
        'HTTP/1.1 100 Continue',
        'Content-Length: 5',
        ' more',
        'a',
        '0',
      ),
      fc.constantFrom('Transfer-Encoding: chunked', 'Location: /x', 'Content-Length : 1', '5', 'hello', ':', '\t'),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

const whole = fc.constantFrom(
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\nServer : x\nContent-Length: 2\nContent-Length: 2\n\nok',
  'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nA: b\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n',
);

function read(pieces: Iterable<Buffer>): ReadOutcome {
  const reader = new ResponseReader(() => ({ limit: 10_240, mayBreakOff: false }));
  for (const piece of pieces) {
    const outcome = reader.push(piece);
    if (outcome !== undefined) return outcome;
  }
  return reader.end(ENDED);
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

it('reads the same out of the same bytes, however they arrive', () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat(2_000), { maxLength: 20 }), (bytes, cuts) => {
      expect(read(cut(bytes, cuts))).toEqual(read([bytes]));
      expect(read(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(read([bytes]));
    }),
  );
});

it('reads a whole answer whatever comes after it', () => {
  fc.assert(
    fc.property(whole, answer, (text, junk) => {
      const bytes = Buffer.from(text, 'latin1');
      const outcome = read([bytes]);
      expect(outcome.ok).toBe(true);
      expect(read([Buffer.concat([bytes, junk])])).toEqual(outcome);
    }),
  );
});

it('makes a target of any path that fits into the first line of a request', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webPath(), fc.webQueryParameters()), (path) => {
      expect(requestTarget(path)).toMatch(/^\/[!-~]*$/);
      expect(requestTarget(requestTarget(path))).toBeTypeOf('string');
    }),
  );
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      expect(requestTarget(path).length).toBeGreaterThanOrEqual(path.startsWith('//') ? 1 : path.length);
    }),
  );
});
