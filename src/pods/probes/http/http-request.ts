/** A header of a request; its text has no control characters. */
export type HttpHeader = readonly [name: string, value: string];

/** Header fields that a kubelet's client writes itself (`reqWriteExcludeHeader` in Go's net/http/request.go). */
const NOT_SENT = new Set(['host', 'user-agent', 'content-length', 'transfer-encoding', 'trailer', 'connection']);

/**
 * The head of a GET, as a kubelet sends it (`newProbeRequest` in Kubernetes' pkg/probe/http/request.go): it accepts any
 * type and no compression, and asks for the connection to be closed. A header of the probe replaces one of these; an
 * empty `Accept` or `User-Agent` removes it.
 * @param authority host and port, used when there is no header named Host.
 * @param target path and query, see `requestTarget`.
 */
export function requestHead(authority: string, target: string, headers: readonly HttpHeader[]): Buffer {
  const first = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const agent = first('user-agent') ?? 'kube-probe/flockd';
  const accept = first('accept');
  const lines: HttpHeader[] = [['Host', first('host') || authority]];
  if (agent !== '') lines.push(['User-Agent', agent]);
  if (accept === undefined) lines.push(['Accept', '*/*']);
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (NOT_SENT.has(key) || (key === 'accept' && accept === '')) continue;
    lines.push([name, value]);
  }
  lines.push(['Connection', 'close']);
  const text = lines.map(([name, value]) => `${name}: ${value.trim()}\r\n`).join('');
  return Buffer.from(`GET ${target} HTTP/1.1\r\n${text}\r\n`, 'utf8');
}
