import { describe, expect, it } from 'vitest';
import { ENDED, type ReadOutcome, ResponseReader } from '../../../../src/pods/probes/http/http-reader.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const TWO = 'Content-Length: 2\r\n\r\nok';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** What comes of an answer while the connection stays open; bytes as Latin-1. */
function read(text: string): ReadOutcome | undefined {
  return new ResponseReader(() => ({ limit: 10_240, mayBreakOff: false })).push(Buffer.from(text, 'latin1'));
}

/** What comes of an answer behind which the connection is closed. */
function readToEnd(text: string): ReadOutcome {
  const reader = new ResponseReader(() => ({ limit: 10_240, mayBreakOff: false }));
  return reader.push(Buffer.from(text, 'latin1')) ?? reader.end(ENDED);
}

const success = { ok: true, head: expect.objectContaining({ status: 200 }) };

// Each row was put to Go's net/http as a kubelet uses it (1.19, and the source of 1.24).
describe('an answer is whole, with the connection still open, that', () => {
  it.each([
    ['has nothing special', OK + TWO],
    ['ends its lines with bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['has a header of 20,000 bytes', `${OK}X: ${'a'.repeat(20_000)}\r\n${TWO}`],
    ['has headers of a megabyte', `${OK}${`X: ${'a'.repeat(1_000)}\r\n`.repeat(1_000)}${TWO}`],
    ['gives no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'],
    ['has two blanks before the status', `HTTP/1.1  200 OK\r\n${TWO}`],
    ['has bytes beyond ASCII', `${OK}X: caf\xe9\r\n${TWO}`],
    ['has control characters in a header', `${OK}X: a\x00\x01\rb\r\n${TWO}`],
    ['has a blank before a colon', `${OK}Server : x\r\n${TWO}`],
    ['has a blank in a name', `${OK}Ser ver: x\r\n${TWO}`],
    ['has a header without a name', `${OK}: x\r\n${TWO}`],
    ['has a header of two lines', `${OK}X: a\r\n b\r\n${TWO}`],
    ['has its length in the second line of a header', `${OK}Content-Length:\r\n\t2\r\n\r\nok`],
    ['names its length twice', `${OK}Content-Length: 2\r\n${TWO}`],
    ['has blanks around its length', `${OK}Content-Length:  2 \r\n\r\nok`],
    ['goes on behind its end', `${OK}${TWO}TRAILING GARBAGE`],
    ['comes after interim answers', `${'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n'.repeat(8)}${OK}${TWO}`],
    ['comes in chunks', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`],
    ['comes in chunks with extensions', `${CHUNKED}2 \t;a="b"\r\nok\r\n0;\r\n\r\n`],
    ['has a header behind its chunks', `${CHUNKED}2\r\nok\r\n0\r\nX: y\r\n\r\n`],
    ['comes in chunks with garbage behind', `${CHUNKED}2\r\nok\r\n0\r\n\r\nGARBAGE`],
    ['has a length beside its chunks', `${OK}Content-Length: 5\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`],
    ['has chunks in a later version', 'HTTP/2.0 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['is longer than what is read', `${OK}Content-Length: 9223372036854775807\r\n\r\n${'x'.repeat(10_240)}`],
    ['is longer than what is read, and ends nowhere', `${OK}\r\n${'x'.repeat(10_240)}`],
    ['is longer than what is read, in one chunk', `${CHUNKED}ffffffff\r\n${'x'.repeat(10_240)}`],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual(success);
  });

  it.each([204, 304])('has status %d, whatever it says of a body', (status) => {
    expect(read(`HTTP/1.1 ${status} x\r\nContent-Length: 100\r\n\r\n`)).toMatchObject({ ok: true, head: { status } });
  });
});

describe('an answer is whole when the connection ends that', () => {
  it.each([
    ['says nothing of its length', `${OK}\r\nok`],
    ['is HTTP/1.0 with bare line feeds', 'HTTP/1.0 200 OK\n\nok'],
    ['is HTTP/1.0, where no chunks are', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok'],
    ['has an empty length', `${OK}Content-Length:\r\n\r\nok`],
    ['has a length with a blank before the colon', `${OK}Content-Length : 2\r\n\r\nok`],
  ])('%s', (_what, text) => {
    expect(read(text)).toBeUndefined();
    expect(readToEnd(text)).toEqual(success);
  });
});

describe('an answer has failed that', () => {
  it.each([
    ['is none', '', /^no answer: the connection was closed$/],
    ['breaks off in its first line', 'HTTP/1.1 20', /broke off/],
    ['breaks off in its head', `${OK}X: y\r\n`, /broke off/],
    ['breaks off in its body', `${OK}Content-Length: 100\r\n\r\nshort`, /broke off/],
    ['breaks off one byte before what is read', `${OK}Content-Length: 99999\r\n\r\n${'x'.repeat(10_239)}`, /broke off/],
    ['breaks off in a chunk', `${CHUNKED}64\r\nshort`, /broke off/],
    ['breaks off behind a chunk', `${CHUNKED}2\r\nok\r\n`, /broke off/],
    ['breaks off before the blank line behind its chunks', `${CHUNKED}2\r\nok\r\n0\r\n`, /broke off/],
    ['breaks off after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', /broke off/],
    ['is of another protocol', 'ICY 200 OK\r\n\r\n', /^no HTTP status line: "ICY 200 OK"$/],
    ['has a version of one number', 'HTTP/1 200 OK\r\n\r\n', /status line/],
    ['has a version too long', 'HTTP/1.10 200 OK\r\n\r\n', /status line/],
    ['has a version in lower case', 'http/1.1 200 OK\r\n\r\n', /status line/],
    ['begins with an empty line', `\r\n${OK}${TWO}`, /status line: ""/],
    ['has a tab before its status', `HTTP/1.1\t200 OK\r\n${TWO}`, /status line/],
    ['has a status of two digits', `HTTP/1.1 20 OK\r\n${TWO}`, /status line/],
    ['has a status of four digits', `HTTP/1.1 2000 OK\r\n${TWO}`, /status line/],
    ['has a status that is no number', `HTTP/1.1 2x0 OK\r\n${TWO}`, /status line/],
    ['has a line without a colon', `${OK}Server\r\n${TWO}`, /without a colon: "Server"/],
    ['begins its headers with a blank', `${OK} X: y\r\n${TWO}`, /continuation line without a header/],
    ['names two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk`, /several lengths: "2, 3"/],
    ['names two lengths in one line', `${OK}Content-Length: 2, 2\r\n\r\nok`, /no number/],
    ['has a negative length', `${OK}Content-Length: -1\r\n\r\nok`, /no number: "-1"/],
    ['has a signed length', `${OK}Content-Length: +2\r\n\r\nok`, /no number/],
    ['is compressed on the way', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, /encoding other than chunked/],
    ['is chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, /other than chunked/],
    ['has a chunk without a size', `${CHUNKED}x\r\nok\r\n0\r\n\r\n`, /begin with its size/],
    ['has a chunk that is longer than its size', `${CHUNKED}2\r\nokay\r\n0\r\n\r\n`, /does not end/],
    ['ends a chunk with a bare line feed', `${CHUNKED}2\r\nok\n0\r\n\r\n`, /does not end/],
    ['has a chunk with a line without end', `${CHUNKED}2;${'x'.repeat(5_000)}\r\n`, /more than 4096/],
    ['has garbage behind its last chunk', `${CHUNKED}0\r\nGARBAGE\r\n\r\n`, /without a colon/],
    ['has too much behind its last chunk', `${CHUNKED}0\r\n${'X: y\r\n'.repeat(101)}`, /more than 100 lines/],
  ])('%s', (_what, text, message) => {
    expect(readToEnd(text)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });
});
