import { createServer, type Server } from 'node:http';
import type { StatusJson } from '../api/types.ts';
import { METRICS } from './metric-list.ts';

/** A running metrics listener. */
export interface MetricsServer {
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` in the Prometheus text format. The library is loaded here and not at the top, since it costs 22
 * MB, which a node without a listener saves.
 * @param read returns the current state, called at every scrape. @param released how many attachments were released
 * since the start because nothing was left of them, called at every scrape as well.
 * @throws Error when the address cannot be listened on.
 */
export async function serveMetrics(
  listen: { readonly host: string; readonly port: number },
  read: () => StatusJson,
  released: () => number,
): Promise<MetricsServer> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const metrics = METRICS.map(({ name, help, labels, kind, values }) => {
    const Metric = kind === 'counter' ? Counter : Gauge;
    return { metric: new Metric({ name, help, labelNames: [...labels], registers: [registry] }), values };
  });

  function collect(): void {
    const facts = { status: read(), released: released() };
    for (const { metric, values } of metrics) {
      metric.reset();
      for (const { labels = {}, value } of values(facts)) metric.inc(labels, value);
    }
  }

  const server: Server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end('only GET /metrics is served here\n');
      return;
    }
    collect();
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
