import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { errorText } from '../errors.ts';
import type { ProbeResult } from './probe-state.ts';

/** One GET. */
export interface HttpProbe {
  readonly url: URL;
  /** A header named Host replaces the one made of the URL. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Bytes of an answer's body that are read (`maxRespBodyLength` in Kubernetes' pkg/probe/http/http.go). An answer that
 * breaks off before that has failed; what comes after it does not matter.
 */
const MAX_BODY_BYTES = 10_240;

/** Redirects that are followed (`redirectChecker` in the same file). */
const MAX_REDIRECTS = 10;

/**
 * Asks an HTTP server as a kubelet does: any status from 200 to 399 is a success; redirects are followed on the same
 * host, and one to another host is a success in itself; certificates are not verified, since pods sign their own.
 * @param signal ends the attempt; its reason says why.
 */
export async function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<ProbeResult> {
  let next = probe;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const { status, location } = await get(next, signal);
      const target = location === undefined ? undefined : redirectTarget(next, status, location);
      if (target === undefined) {
        return status >= 200 && status < 400 ? { ok: true } : { ok: false, message: `HTTP status ${status}` };
      }
      next = target;
    }
    return { ok: false, message: `more than ${MAX_REDIRECTS} redirects` };
  } catch (error) {
    return { ok: false, message: signal.aborted ? String(signal.reason) : errorText(error) };
  }
}

/** Where to go on; undefined when this answer is the last. */
function redirectTarget(from: HttpProbe, status: number, location: string): HttpProbe | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === '') return undefined;
  if (!URL.canParse(location, from.url.href)) throw new Error('redirect to something that is no URL');
  const url = new URL(location, from.url);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb || url.hostname !== from.url.hostname) return undefined;
  // A Host header of the probe's own names the first server; a full URL names the next one itself.
  const relative = !URL.canParse(location);
  return { url, headers: relative ? from.headers : from.headers.filter(([name]) => name.toLowerCase() !== 'host') };
}

function get({ url, headers }: HttpProbe, signal: AbortSignal): Promise<{ status: number; location?: string }> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'GET',
      // No pooling: a kept connection would hide that a server takes no new ones.
      agent: false,
      headers: headerObject(headers),
      signal,
      rejectUnauthorized: false,
    };
    const request: ClientRequest = secure ? requestHttps(url, options) : requestHttp(url, options);
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      const { location } = response.headers;
      const answer = { status: response.statusCode ?? 0, ...(location === undefined ? {} : { location }) };
      readBody(response, (error) => {
        request.destroy();
        if (error === undefined) resolve(answer);
        else reject(error);
      });
    });
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the server switched to another protocol'));
    });
    // Stays for errors behind the first, which would otherwise end the process.
    request.on('error', reject);
    request.once('close', () => {
      // Behind an answer this comes before the end of a body that only the closing of the connection ends.
      if (!answered) reject(new Error('the connection was closed without an answer'));
    });
    request.end();
  });
}

/** Reads a body to its end or to the limit. */
function readBody(response: IncomingMessage, done: (error: Error | undefined) => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) done(undefined);
  });
  response.once('end', () => done(undefined));
  response.on('error', (error) => done(new Error(`the answer broke off: ${error.message}`)));
  response.once('close', () => done(response.complete ? undefined : new Error('the answer broke off')));
}

function headerObject(headers: HttpProbe['headers']): Record<string, string | string[]> {
  const merged = new Map<string, { name: string; values: string[] }>([
    ['user-agent', { name: 'User-Agent', values: ['kube-probe/flockd'] }],
    ['accept', { name: 'Accept', values: ['*/*'] }],
    ['connection', { name: 'Connection', values: ['close'] }],
  ]);
  const given = Map.groupBy(headers, ([name]) => name.toLowerCase());
  for (const [key, pairs] of given) {
    merged.set(key, { name: pairs[0]?.[0] ?? key, values: pairs.map(([, value]) => value) });
  }
  return Object.fromEntries(
    [...merged.values()].map(({ name, values }) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
