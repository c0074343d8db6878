import { type IncomingMessage, request } from 'node:http';
import { errorText } from '../errors.ts';
import { errnoOf } from '../files/errno.ts';

/** What kind of failure an ApiError is. */
type ApiErrorKind =
  /** No process listens on the socket. */
  | 'notRunning'
  /** This user may not open the socket. */
  | 'permissionDenied'
  /** No complete answer within the deadline. */
  | 'timeout'
  /** The answer is not one of flockd's, or broke off. */
  | 'invalidAnswer'
  /** flockd answered with an error: see `code`. */
  | 'refused';

/** A failed request to the daemon. The message is for the user and says what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  /** The daemon's error code, for `refused`. */
  readonly code: string | undefined;

  constructor(kind: ApiErrorKind, message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.code = options.code;
  }
}

interface AskOptions<T> {
  /** Deadline for the whole exchange. Default 10 s. */
  readonly timeoutMs?: number;
  /** Whether an answer has the form that the caller needs; if not, the error is `invalidAnswer`. */
  readonly accepts: (value: unknown) => value is T;
}

/** Largest answer in bytes: far above the addresses of a full node, far below what would exhaust the memory. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Sends a GET to the daemon on a socket, for instance for `/v1/status`. @throws ApiError */
export function apiGet<T>(socket: string, path: string, options: AskOptions<T>): Promise<T> {
  return ask('GET', socket, path, options);
}

/** Sends a POST to the daemon on a socket. @throws ApiError */
export function apiPost<T>(socket: string, path: string, options: AskOptions<T>): Promise<T> {
  return ask('POST', socket, path, options);
}

async function ask<T>(method: string, socket: string, path: string, options: AskOptions<T>): Promise<T> {
  const { timeoutMs = 10_000, accepts } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    ({ status, text } = await exchange(method, socket, path, deadline));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (!deadline.aborted) throw connectionError(socket, error);
    throw new ApiError('timeout', `flockd on ${socket} did not answer within ${timeoutMs} ms`, { cause: error });
  }
  const json = parseJson(text);
  if (status === 200 && accepts(json)) return json;
  const refusal = status === 200 ? undefined : errorOf(json);
  if (refusal !== undefined) throw new ApiError('refused', refusal.message, { code: refusal.code });
  throw new ApiError(
    'invalidAnswer',
    `${socket} did not answer ${method} ${path} as flockd does (HTTP status ${status}); is it flockd, in the same version as this program?`,
  );
}

function exchange(method: string, socket: string, path: string, signal: AbortSignal) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method, path, agent: false, signal }, (response) => {
      readText(response, socket).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function readText(response: IncomingMessage, socket: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) {
      throw new ApiError('invalidAnswer', `${socket} answered with more than ${MOST_ANSWER_BYTES} bytes`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

function connectionError(socket: string, error: unknown): ApiError {
  const code = errnoOf(error);
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ApiError(
        'notRunning',
        `flockd is not running: nothing listens on ${socket} (${code}); start it with "systemctl start flockd", or set its socket with --socket`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new ApiError(
        'permissionDenied',
        `no permission to open ${socket} (${code}); run as root, as flockd does`,
        options,
      );
    default:
      return new ApiError('invalidAnswer', `flockd on ${socket} broke off its answer: ${errorText(error)}`, options);
  }
}

/** The value of a JSON text; undefined, which is not a JSON value, when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(json: unknown): { code: string; message: string } | undefined {
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined;
  const { error } = json;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined;
  const { code, message } = error;
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : undefined;
}
