import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { asFlockError, errorText } from '../errors.ts';
import type { Logger } from '../log.ts';
import { printableJson } from '../model/printable.ts';
import { readBody } from './body.ts';
import { refuseBrokenRequest } from './broken-request.ts';
import { type ApiLimits, DEFAULT_LIMITS } from './limits.ts';
import { createListener } from './listener.ts';
import type { ErrorJson } from './types.ts';

/** Answers one route: the value that becomes the JSON. @throws FlockError for the client */
export type ApiHandler = (query: URLSearchParams) => unknown;

/** What the server serves. */
export interface ApiHandlers {
  /** `POST /cni`: the body as the plugin sent it. Must not reject; with `json` undefined the body is empty. */
  cni(body: Buffer): Promise<{ readonly status: number; readonly json: unknown }>;
  /** By method and path, for instance `GET /v1/status`. */
  readonly routes: Readonly<Record<string, ApiHandler>>;
}

/** The daemon's HTTP server on its unix socket. */
export interface ApiServer {
  /**
   * Starts to serve, and continues when the socket file disappears. @throws FlockError `configurationInvalid` when the
   * socket cannot be opened
   */
  listen(): Promise<void>;
  /** Accepts no new requests, lets those in progress finish (up to a deadline), removes the socket file. */
  close(): Promise<void>;
}

export interface ApiServerOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly handlers: ApiHandlers;
  readonly log: Logger;
  readonly limits?: Partial<ApiLimits>;
  /** Called with the reason when the socket can no longer be served, and with undefined when it can again. */
  readonly onTrouble?: (message: string | undefined) => void;
}

/** Creates the server; it serves after `listen`. Speaks HTTP/1.0, as the plugin does, and HTTP/1.1. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { handlers, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const routes = new Map(Object.entries(handlers.routes));

  function make(): Server {
    const server = createServer(
      {
        headersTimeout: limits.headMs,
        requestTimeout: limits.requestMs,
        // Node checks the two deadlines above only this often.
        connectionsCheckingInterval: Math.min(1_000, limits.headMs),
        keepAliveTimeout: limits.headMs,
      },
      (request, response) => {
        answer(request, response).catch((error: unknown) => {
          log.warn({ err: error, url: request.url }, 'a request on the socket got no answer');
          response.destroy();
        });
      },
    );
    server.maxConnections = limits.connections;
    server.setTimeout(limits.idleMs);
    server.on('clientError', refuseBrokenRequest);
    server.on('drop', () =>
      log.warn({ connections: limits.connections }, 'socket: too many connections, one was closed'),
    );
    return server;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, limits.bodyBytes);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      // A client that sends this much may never finish, so the rest is not read.
      response.on('finish', () => request.destroy());
      return sendError(response, 413, 'bodyTooLarge', `the body is larger than ${limits.bodyBytes} bytes`);
    }
    const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
    if (path === '/cni' && request.method === 'POST') return answerPlugin(response, body);
    const handler = routes.get(`${request.method} ${path}`);
    if (handler === undefined) return refuseRoute(request, response, path, routes.keys());
    return answerRoute(response, handler, query);
  }

  async function answerPlugin(response: ServerResponse, body: Buffer): Promise<void> {
    try {
      const { status, json } = await handlers.cni(body);
      send(response, status, json === undefined ? '' : JSON.stringify(json));
    } catch (error) {
      log.error({ err: error }, 'defect: the handler of /cni failed');
      sendError(response, 500, 'internal', errorText(error));
    }
  }

  async function answerRoute(response: ServerResponse, handler: ApiHandler, query: string): Promise<void> {
    try {
      send(response, 200, JSON.stringify((await handler(new URLSearchParams(query))) ?? null));
    } catch (thrown) {
      const error = asFlockError(thrown);
      if (error.code === 'internal') log.error({ err: thrown }, 'defect: a handler of the socket failed');
      const status = error.code === 'internal' ? 500 : error.code === 'tryAgainLater' ? 503 : 400;
      sendError(response, status, error.code, error.message);
    }
  }

  const { inspectMs, closeMs } = limits;
  return createListener({
    make,
    path: options.socket,
    log,
    inspectMs,
    closeMs,
    onTrouble: options.onTrouble ?? (() => {}),
  });
}

/** @param routes what is served, such as `GET /v1/status`. */
function refuseRoute(request: IncomingMessage, response: ServerResponse, path: string, routes: Iterable<string>): void {
  const served = [...routes, 'POST /cni'].filter((route) => route.endsWith(` ${path}`));
  const methods = served.map((route) => route.slice(0, route.indexOf(' '))).join(', ');
  if (methods === '') {
    sendError(response, 404, 'notFound', `nothing is served on ${path}`);
  } else {
    response.setHeader('allow', methods);
    sendError(response, 405, 'methodNotAllowed', `${path} takes ${methods}, not ${request.method}`);
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(printableJson(text));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const json: ErrorJson = { error: { code, message } };
  send(response, status, JSON.stringify(json));
}
