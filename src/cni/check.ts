import { parseAddress } from '../model/address.ts';
import { quoteText } from '../model/printable.ts';
import type { AddResult, PreviousResult } from './protocol.ts';

/**
 * Compares the result of ADD, as passed by the runtime, with what ADD would answer now, for CHECK. Plugins after ours
 * may have added interfaces, and changed routes and the hardware address of the pod's interface (as `tuning` does), so
 * these are not compared.
 * @returns one sentence for each difference; empty when there is none.
 */
export function compareWithPrevResult(previous: PreviousResult, expected: AddResult): string[] {
  const differences: string[] = [];
  for (const wanted of expected.interfaces) {
    const where = wanted.sandbox === undefined ? 'on the host' : `in ${wanted.sandbox}`;
    const found = previous.interfaces.find(
      ({ name, sandbox }) => name === wanted.name && (sandbox ?? '') === (wanted.sandbox ?? ''),
    );
    if (found === undefined) {
      differences.push(`prevResult: interface ${wanted.name} ${where} is missing`);
    } else if (wanted.sandbox === undefined && found.mac !== undefined && found.mac.toLowerCase() !== wanted.mac) {
      differences.push(
        `prevResult: interface ${wanted.name} ${where} has mac ${quoteText(found.mac)}, not ${wanted.mac}`,
      );
    }
  }
  return [...differences, ...compareIps(previous, expected)];
}

function compareIps(previous: PreviousResult, expected: AddResult): string[] {
  const differences: string[] = [];
  const pod = expected.interfaces.find(({ sandbox }) => sandbox !== undefined);
  const podIndex = previous.interfaces.findIndex(({ name, sandbox }) => name === pod?.name && sandbox === pod.sandbox);
  // Plugins that merge results sometimes drop the index; the address then counts as the pod's.
  const ours = previous.ips.filter(({ interface: index }) => index === undefined || index === podIndex);
  for (const wanted of expected.ips) {
    const found = ours.find(({ address }) => canonical(address) === wanted.address);
    if (found === undefined) {
      differences.push(`prevResult: address ${wanted.address} is missing on ${pod?.name}`);
    } else if (found.gateway !== undefined && canonical(found.gateway) !== wanted.gateway) {
      differences.push(
        `prevResult: gateway of ${wanted.address} is ${quoteText(found.gateway)}, not ${wanted.gateway}`,
      );
    }
  }
  const known = new Set(expected.ips.map(({ address }) => address));
  for (const { address, interface: index } of previous.ips) {
    if (index !== undefined && index === podIndex && !known.has(canonical(address))) {
      differences.push(`prevResult: address ${quoteText(address)} on ${pod?.name} is not one of the pod's`);
    }
  }
  return differences;
}

/** An address, with or without a length, as flockd writes it; anything else unchanged. */
function canonical(text: string): string {
  const [address = '', ...length] = text.split('/');
  return [parseAddress(address) ?? address, ...length].join('/');
}
