import { BirdClient } from '../bird-control/index.ts';
import { askRunning, type Running } from '../bird-control/running.ts';

/**
 * How long BIRD may take to list its protocols, in milliseconds: the list is optional, and a hung BIRD must not delay a
 * check.
 */
const DEADLINE_MS = 1_000;

/**
 * Asks the BIRD of this host for its protocols. Gives up the right to change anything first.
 * @param socket BIRD's control socket. @param deadlineMs how long each of its answers may take, in milliseconds.
 */
export async function askProtocols(socket: string, deadlineMs: number = DEADLINE_MS): Promise<Running> {
  using bird = new BirdClient({ socket, readOnly: true, replyMs: deadlineMs, longReplyMs: deadlineMs });
  return await askRunning(bird);
}
