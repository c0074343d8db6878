import { errorText } from '../../../errors.ts';
import type { ProbeResult } from '../probe-state.ts';
import { exchange, type HttpServer } from './http-exchange.ts';
import type { ResponseHead } from './http-head.ts';
import type { BodyPlan } from './http-reader.ts';
import { type HttpHeader, requestHead } from './http-request.ts';

/** One GET. */
interface HttpProbe extends HttpServer {
  /** Path and query as sent on the wire. */
  readonly target: string;
  /** A header named Host replaces the one derived from host and port. */
  readonly headers: readonly HttpHeader[];
}

/** A request in a chain of redirects. */
interface Request extends HttpProbe {
  readonly authority: string;
}

/**
 * Bytes of an answer's body that are read (`maxRespBodyLength` in Kubernetes' pkg/probe/http/http.go). An answer that
 * breaks off before that has failed; anything after it does not matter.
 */
const MAX_BODY_BYTES = 10_240;

/** The same for an answer that redirects (`maxBodySlurpSize` in Go's net/http/client.go). */
const MAX_REDIRECT_BYTES = 2_048;

/** Requests for one probe, including redirects (`RedirectChecker` in Kubernetes' file). */
const MAX_REQUESTS = 10;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Queries an HTTP server as a kubelet does: any status from 200 to 399 is a success; redirects are followed on the same
 * host, and one to another host counts as a success; certificates are not verified, since pods use self-signed ones.
 * @param signal ends the attempt; its reason says why.
 */
export async function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<ProbeResult> {
  let request: Request = { ...probe, authority: `${bracketed(probe.host)}:${probe.port}` };
  try {
    for (let made = 0; made < MAX_REQUESTS; made += 1) {
      const { authority, target, headers } = request;
      let next: Request | undefined;
      const planFor = (head: ResponseHead): BodyPlan => {
        next = redirectTarget(request, head);
        return planForBody(head, next !== undefined);
      };
      const { status } = await exchange(request, requestHead(authority, target, headers), planFor, signal);
      if (next === undefined) {
        return status >= 200 && status < 400 ? { ok: true } : { ok: false, message: `HTTP status ${status}` };
      }
      request = next;
    }
    return { ok: false, message: `more than ${MAX_REQUESTS - 1} redirects` };
  } catch (error) {
    return { ok: false, message: errorText(error) };
  }
}

function planForBody({ status, framing }: ResponseHead, followed: boolean): BodyPlan {
  if (!followed) return { limit: status >= 200 && status < 400 ? MAX_BODY_BYTES : 0, mayBreakOff: false };
  const long = framing.kind === 'length' && framing.bytes > MAX_REDIRECT_BYTES;
  return { limit: long ? 0 : MAX_REDIRECT_BYTES, mayBreakOff: true };
}

/** The next request; undefined when this answer is the last. */
function redirectTarget(from: Request, { status, location }: ResponseHead): Request | undefined {
  if (!REDIRECTS.includes(status) || location === '') return undefined;
  const text = Buffer.from(location, 'latin1').toString('utf8');
  const base = `${from.scheme}://${bracketed(from.host)}:${from.port}${from.target}`;
  // A URL parser drops some control characters, whereas Go's refuses them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text) || !URL.canParse(text, base))
    throw new Error('redirect to something that is not a URL');
  const url = new URL(text, base);
  if (url.hostname !== new URL(base).hostname) return undefined;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`redirect to ${url.protocol}`);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  const target = url.pathname + url.search;
  const next = { scheme, host: from.host, port, target, headers: from.headers, authority: url.host } as const;
  // The probe's own Host header names the first server; a full URL names the next one itself.
  if (URL.canParse(text)) return { ...next, headers: from.headers.filter(([name]) => name.toLowerCase() !== 'host') };
  return url.host === new URL(base).host ? { ...next, authority: from.authority } : next;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
