import { errorText, FlockError } from '../errors.ts';
import type { NetworkNamespace } from '../kernel/ports.ts';
import type { Difference, Fix } from './types.ts';

type ChangeFix = Extract<Fix, { kind: 'change' }>;

/**
 * Corrects differences in the given order, which is that of their dependencies; consecutive changes are sent to the
 * kernel together. A failure does not hold back what comes after it.
 * @param subject what is being changed, for the message.
 * @throws FlockError `wiringFailed` naming every difference that remains.
 */
export async function carryOut(
  namespace: NetworkNamespace,
  differences: readonly Difference[],
  subject: string,
): Promise<void> {
  const failures: string[] = [];
  const waiting: { readonly text: string; readonly fix: ChangeFix }[] = [];

  async function send(): Promise<void> {
    const sent = waiting.splice(0);
    if (sent.length === 0) return;
    const results = await namespace.apply(sent.map(({ fix }) => fix.change));
    for (const [index, result] of results.entries()) {
      if (result.ok) continue;
      const reason = result.message === undefined ? result.errno : `${result.errno}, ${result.message}`;
      failures.push(`${sent[index]?.text ?? 'unknown change'} (the kernel refused: ${reason})`);
    }
  }

  for (const { fix, text } of differences) {
    if (fix.kind === 'change') {
      waiting.push({ text, fix });
      continue;
    }
    await send();
    try {
      namespace.writeSysctl(fix.path, fix.value);
    } catch (cause) {
      failures.push(`${text}, and cannot be set (${errorText(cause)})`);
    }
  }
  await send();
  if (failures.length > 0) throw new FlockError('wiringFailed', `${subject}: ${failures.join('; ')}`);
}
