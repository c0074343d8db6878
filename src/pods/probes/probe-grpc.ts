import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { escapeText } from '../../model/printable.ts';
import { CHECK_PATH, type CheckAnswer, checkVerdict, encodeCheck, frame, MAX_FRAME_BYTES } from './grpc-health.ts';
import type { ProbeResult } from './probe-state.ts';

/** One request to a gRPC health service. */
interface GrpcProbe {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Name of the service to check; empty: the server as a whole. */
  readonly service: string;
}

/** Characters of an error that a message shows. */
const MAX_ERROR = 200;

/**
 * Asks a gRPC server in clear text whether it is serving, over a separate connection as a kubelet does
 * (pkg/probe/grpc/grpc.go in Kubernetes). Only `SERVING` is a success.
 * @param signal ends the attempt; its reason says why.
 */
export async function probeGrpc({ host, port, service }: GrpcProbe, signal: AbortSignal): Promise<ProbeResult> {
  // It costs two megabytes, so only a node with such a probe loads it.
  const { connect } = await import('node:http2');
  if (signal.aborted) return { ok: false, message: String(signal.reason) };
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const session = connect(`http://${authority}`, { settings: { enablePush: false } });
  const failed = Promise.withResolvers<ProbeResult>();
  const fail = (message: string): void => failed.resolve({ ok: false, message });
  const onAbort = (): void => fail(String(signal.reason));
  signal.addEventListener('abort', onAbort);
  // Remains for errors after the first, which would otherwise end the process.
  session.on('error', (error) => fail(escapeText(error.message, MAX_ERROR)));
  session.once('close', () => fail('the connection was closed without an answer'));
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': CHECK_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/flockd',
    });
    // An error that ends a stream also ends the session, or is reported only on the stream.
    stream.on('error', (error) => fail(escapeText(error.message, MAX_ERROR)));
    stream.end(frame(encodeCheck(service)));
    return await Promise.race([failed.promise, readAnswer(stream).then(checkVerdict)]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.destroy();
  }
}

/** Reads headers, trailers and as much of a message as one may have. Ends with the stream. */
function readAnswer(stream: ClientHttp2Stream): Promise<CheckAnswer> {
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('response', (fields) => {
      headers = fields;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > MAX_FRAME_BYTES) stream.close();
    });
    stream.once('end', () => resolve({ headers, trailers, body: Buffer.concat(chunks) }));
  });
}
