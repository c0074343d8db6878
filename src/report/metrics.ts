import { createServer, type Server } from 'node:http';
import type { StatusJson } from '../api/types.ts';

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
  const registers = [registry];
  const pods = new Gauge({ name: 'flockd_pods', help: 'attachments, by readiness', labelNames: ['ready'], registers });
  const addresses = new Gauge({
    name: 'flockd_addresses',
    help: 'claimed addresses, by state',
    labelNames: ['state'],
    registers,
  });
  const bird = new Gauge({
    name: 'flockd_bird_connected',
    help: '1 while BIRD answers on its control socket',
    registers,
  });
  const peers = new Gauge({
    name: 'flockd_peer_established',
    help: '1 while the BGP session is established',
    labelNames: ['peer'],
    registers,
  });
  const publish = new Gauge({
    name: 'flockd_last_publish_ok',
    help: '1 when BIRD accepted the last publish',
    registers,
  });
  const problems = new Gauge({
    name: 'flockd_problems',
    help: 'problems listed by flockctl status',
    labelNames: ['code'],
    registers,
  });
  const gone = new Counter({
    name: 'flockd_attachments_released_total',
    help: 'attachments released because neither interface nor sandbox was left',
    registers,
  });

  function collect(): void {
    const status = read();
    pods.set({ ready: 'true' }, status.pods.ready);
    pods.set({ ready: 'false' }, status.pods.total - status.pods.ready);
    addresses.set({ state: 'advertised' }, status.addresses.advertised);
    addresses.set({ state: 'withheld' }, status.addresses.withheld);
    bird.set(status.bird.connected ? 1 : 0);
    peers.reset();
    for (const peer of status.bird.peers) peers.set({ peer: peer.name }, peer.state === 'Established' ? 1 : 0);
    publish.set(status.bird.lastPublish?.ok === true ? 1 : 0);
    gone.reset();
    gone.inc(released());
    problems.reset();
    for (const { code } of status.problems) problems.inc({ code });
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
