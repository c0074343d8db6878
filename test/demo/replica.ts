import { createServer } from 'node:http';
import { wallClock } from '../lab/route-monitor.ts';

/**
 * A replica of the demo's service: `node replica.ts NAME`. Answers every request with its name, and `/ready` with 200 or
 * 503. SIGUSR2 turns readiness over. Prints the moment of the first answer of each kind to `/ready`, in milliseconds since
 * 1970: from there on the node knows.
 */
const name = process.argv[2] ?? 'nobody';
let ready = true;
let told: boolean | undefined;

const server = createServer((request, response) => {
  response.setHeader('connection', 'close');
  if (request.url !== '/ready') {
    response.end(`${name}\n`);
    return;
  }
  response.statusCode = ready ? 200 : 503;
  response.end();
  if (told !== ready) console.log(`${ready ? 'ready' : 'unready'} ${wallClock()}`);
  told = ready;
});
process.on('SIGUSR2', () => {
  ready = !ready;
});
// The unspecified IPv6 address takes IPv4 as well, on every address that the pod has or gets.
server.listen(80, '::', () => console.log('listening'));
