import { errorText } from '../../errors.ts';
import { escapeText } from '../../model/printable.ts';
import type { ProbeResult } from './probe-state.ts';

/** Answers of `ServingStatus` in grpc.health.v1 (health.proto of the gRPC health checking protocol), by number. */
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** Method of the health service. */
export const CHECK_PATH = '/grpc.health.v1.Health/Check';

/** Bytes of an answer including its length: one enum, and any fields that a later version may add. */
export const MAX_FRAME_BYTES = 4_096;

/** `grpc-status` of a call that was answered, and of a method that the server does not have (statuscodes.md). */
const OK = '0';
const UNIMPLEMENTED = '12';

/** The result of a call. Header names in lower case. */
export interface CheckAnswer {
  readonly headers: Fields;
  readonly trailers: Fields;
  readonly body: Buffer;
}

type Fields = Readonly<Record<string, string | string[] | number | undefined>>;

/**
 * A message as gRPC sends it (PROTOCOL-HTTP2.md): a byte that says that it is not compressed, its length, the message
 * itself.
 */
export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The message of the one frame that an answer has. @throws Error when the bytes are not such a frame. */
export function unframe(bytes: Buffer): Buffer {
  if (bytes.length < 5 || bytes.readUInt32BE(1) !== bytes.length - 5) throw new Error('an answer that breaks off');
  if (bytes[0] !== 0) throw new Error('a compressed answer');
  return bytes.subarray(5);
}

/** The verdict on an answer: only `SERVING`, as one complete message with status OK, is a success. */
export function checkVerdict({ headers, trailers, body }: CheckAnswer): ProbeResult {
  const type = String(headers['content-type'] ?? '');
  const http = headers[':status'];
  if (http === undefined) return { ok: false, message: 'the server gave no answer' };
  const status = trailers['grpc-status'] ?? headers['grpc-status'];
  if (status === UNIMPLEMENTED) return { ok: false, message: 'the server has no grpc.health.v1.Health' };
  if (http !== 200 || !type.startsWith('application/grpc')) {
    return { ok: false, message: `not a gRPC server: HTTP status ${http}, content type ${escapeText(type, 60)}` };
  }
  if (body.length > MAX_FRAME_BYTES) return { ok: false, message: `an answer of more than ${MAX_FRAME_BYTES} bytes` };
  if (status !== OK) return { ok: false, message: `gRPC status ${describe(status, trailers, headers)}` };
  try {
    const serving = decodeCheck(unframe(body));
    return serving === 'SERVING' ? { ok: true } : { ok: false, message: `the service is ${serving}` };
  } catch (error) {
    return { ok: false, message: errorText(error) };
  }
}

function describe(status: Fields[string], trailers: Fields, headers: Fields): string {
  if (status === undefined) return 'missing';
  const message = String(trailers['grpc-message'] ?? headers['grpc-message'] ?? '');
  const text = decodePercent(message);
  return escapeText(message === '' ? String(status) : `${status}: ${text}`, 200);
}

/** A status message is percent-encoded; what cannot be decoded is left as it is. */
function decodePercent(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `HealthCheckRequest`: field 1, `service`, is a string; an empty one is omitted. */
export function encodeCheck(service: string): Buffer {
  const text = Buffer.from(service, 'utf8');
  return text.length === 0 ? text : Buffer.concat([Buffer.of(0x0a, ...varint(text.length)), text]);
}

/**
 * `HealthCheckResponse`: field 1, `status`, is an enum, and 0 when omitted. Other fields are skipped.
 * @returns name of the status; its number if it has no name.
 * @throws Error when the bytes are not a message.
 */
export function decodeCheck(bytes: Buffer): string {
  const at = { place: 0 };
  let status = 0n;
  while (at.place < bytes.length) {
    const tag = readVarint(bytes, at);
    const value = readValue(bytes, at, Number(tag & 7n));
    if (tag === 0x08n) status = value;
  }
  return SERVING_STATUS[Number(status)] ?? String(status);
}

/** The value of a field by its wire type; 0 for those that are skipped. No message here has types 3 and 4, groups. */
function readValue(bytes: Buffer, at: { place: number }, type: number): bigint {
  if (type === 0) return readVarint(bytes, at);
  const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? Number(readVarint(bytes, at)) : undefined;
  if (length === undefined) throw new Error(`a field of wire type ${type}`);
  at.place += length;
  if (at.place > bytes.length) throw new Error('a field breaks off');
  return 0n;
}

function readVarint(bytes: Buffer, at: { place: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at.place];
    if (byte === undefined) throw new Error('a number breaks off');
    at.place += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new Error('a number of more than ten bytes');
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))];
}
