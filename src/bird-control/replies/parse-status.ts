import type { BirdStatus } from '../types.ts';
import { CODE, unexpectedReply, unreadableLine } from './expect.ts';
import type { Reply } from './reply.ts';

/** Texts of the uptime lines (`cmd_show_status`, nest/cmds.c). All of them have code 1011. */
const PREFIXES = {
  routerId: 'Router ID is ',
  currentTime: 'Current server time is ',
  lastReboot: 'Last reboot on ',
  lastReconfiguration: 'Last reconfiguration on ',
} as const;

/**
 * The answer to `show status`.
 * @throws BirdError `refused` or `protocol`
 */
export function parseStatus(command: string, reply: Reply): BirdStatus {
  if (reply.code !== CODE.status) throw unexpectedReply(command, reply);
  const version = reply.lines.find((line) => line.code === CODE.version)?.text;
  if (version === undefined) throw unexpectedReply(command, reply);
  const uptime = reply.lines.filter((line) => line.code === CODE.uptime).map((line) => line.text);
  const after = (prefix: string): string | undefined =>
    uptime.find((text) => text.startsWith(prefix))?.slice(prefix.length);
  return {
    version: version.replace(/^BIRD /, ''),
    routerId: after(PREFIXES.routerId),
    currentTime: after(PREFIXES.currentTime),
    lastReboot: after(PREFIXES.lastReboot),
    lastReconfiguration: after(PREFIXES.lastReconfiguration),
    state: state(command, reply.text),
  };
}

/** Code 0013 covers all three states: only the text distinguishes them. */
function state(command: string, text: string): BirdStatus['state'] {
  if (text.startsWith('Daemon is up')) return 'running';
  if (text.startsWith('Reconfiguration')) return 'reconfiguring';
  if (text.startsWith('Shutdown')) return 'shuttingDown';
  throw unreadableLine(command, text);
}
