import { errorText } from '../../errors.ts';
import type { Probe, WiredPod } from '../pod-source.ts';
import { probeHttp } from './http/probe-http.ts';
import { probeExec } from './probe-exec.ts';
import { probeGrpc } from './probe-grpc.ts';
import type { ProbeResult } from './probe-state.ts';
import { probeTcp } from './probe-tcp.ts';

/** Runs a probe against a pod once. Never rejects. */
export type RunProbe = (probe: Probe, pod: WiredPod, signal: AbortSignal) => Promise<ProbeResult>;

/**
 * Runs a probe once, for at most its `timeoutMs`.
 * @param pod its addresses: the target of a probe that names no host, IPv4 first.
 * @param signal aborts before that.
 */
export const runProbe: RunProbe = async (probe, pod, signal) => {
  const { action, timeoutMs } = probe;
  const ending = new AbortController();
  const give = (reason: string) => () => ending.abort(reason);
  const onAbort = give('the probe was stopped');
  const deadline = setTimeout(give(`no answer within ${timeoutMs / 1_000} s`), timeoutMs);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    if (action.kind === 'exec') {
      const env = { POD_IP4: pod.ip4 ?? '', POD_IP6: pod.ip6 ?? '' };
      return await probeExec({ command: action.command, env }, ending.signal);
    }
    const host = action.host ?? pod.ip4 ?? pod.ip6;
    if (host === undefined) return { ok: false, message: 'the pod has no address to probe' };
    if (action.kind === 'tcpSocket') return await probeTcp(host, action.port, ending.signal);
    if (action.kind === 'grpc') {
      return await probeGrpc({ host, port: action.port, service: action.service }, ending.signal);
    }
    const { scheme, port, path: target, headers } = action;
    return await probeHttp({ scheme, host, port, target, headers }, ending.signal);
  } catch (error) {
    // Only spawn throws, when the system is out of memory or the arguments are too long.
    return { ok: false, message: errorText(error) };
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
  }
};
