import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** Sends COUNT requests, each over a connection of its own, and prints who answered how often: `node requests.ts URL COUNT`. */
const [, , url = '', count = '1'] = process.argv;
const REQUEST_TIMEOUT_MS = 2_000;

function once(): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      text(response).then((body) => resolve(body.trim()), reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
    request.on('error', reject);
  });
}

const answers: Record<string, number> = {};
for (let sent = 0; sent < Number(count); sent += 1) {
  const answer = await once().catch((error: unknown) => `error: ${error instanceof Error ? error.message : error}`);
  answers[answer] = (answers[answer] ?? 0) + 1;
}
console.log(JSON.stringify(answers));
