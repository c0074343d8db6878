import { basename } from 'node:path';
import { type Address, familyOf } from '../model/address.ts';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE } from '../model/names.ts';
import { formatPrefix, type Prefix, prefixContains } from '../model/prefix.ts';
import type { ConfigIssue } from './issues.ts';
import { peerKeyIssues } from './peer-rules.ts';
import type { ParsedConfig } from './schema/schema.ts';

/** The rules between keys, for a file whose keys are individually valid. */
export function crossIssues(config: ParsedConfig): ConfigIssue[] {
  return [...peerIssues(config), ...fileIssues(config)];
}

function peerIssues({ bgp, pools }: ParsedConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const names = new Map<string, number>();
  const addresses = new Map<Address, number>();
  bgp.peers.forEach((peer, index) => {
    const path = ['bgp', 'peers', index];
    const sameName = names.get(peer.name);
    if (sameName !== undefined) {
      issues.push({ path: [...path, 'name'], rule: `must differ from the name of bgp.peers[${sameName}]` });
    }
    const sameAddress = addresses.get(peer.address);
    if (sameAddress !== undefined) {
      issues.push({ path: [...path, 'address'], rule: `must differ from the address of bgp.peers[${sameAddress}]` });
    }
    names.set(peer.name, sameName ?? index);
    addresses.set(peer.address, sameAddress ?? index);
    const pool = poolWith(pools, peer.address);
    if (pool !== undefined) {
      const rule = `must not be inside pools.ipv${pool.family} (${formatPrefix(pool)}), whose addresses are for pods`;
      issues.push({ path: [...path, 'address'], rule });
    }
    const around = { asn: bgp.asn, pools: [pools.ipv4, pools.ipv6].filter((one) => one !== undefined) };
    issues.push(...peerKeyIssues(peer, around).map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
    const source = peer.sourceAddress;
    if (source === undefined) return;
    if (familyOf(source) !== familyOf(peer.address)) {
      const rule = `must be of the same family as the address of the peer, ${peer.address}`;
      issues.push({ path: [...path, 'sourceAddress'], rule });
    } else if (source === peer.address) {
      issues.push({ path: [...path, 'sourceAddress'], rule: 'must be an address of this node, not of the peer' });
    }
  });
  return issues;
}

function poolWith(pools: ParsedConfig['pools'], address: Address): Prefix | undefined {
  return [pools.ipv4, pools.ipv6].find((pool) => pool !== undefined && prefixContains(pool, address));
}

/**
 * Two of these at one path would overwrite each other, and a file that flockd writes next to `bird.config` must not be
 * that file.
 */
function fileIssues({ bird, pods, socket, state }: ParsedConfig): ConfigIssue[] {
  const taken = [ANNOUNCEMENTS_FILE, ...(bird.mode === 'include' ? [INCLUDED_FILE] : [])].includes(
    basename(bird.config),
  );
  const rule = `must not have the name of a file that flockd writes next to it`;
  const clash = taken ? [{ path: ['bird', 'config'], rule }] : [];
  const files: readonly (readonly [path: readonly string[], file: string])[] = [
    [['state'], state],
    [['socket'], socket],
    [['bird', 'socket'], bird.socket],
    [['bird', 'config'], bird.config],
    [['bird', 'templates'], bird.templates],
    [['pods', 'directory'], pods.directory],
  ];
  const same = files.flatMap(([path, file], index) => {
    const first = files.slice(0, index).find(([, other]) => other === file);
    return first === undefined ? [] : [{ path, rule: `must differ from ${first[0].join('.')}` }];
  });
  return [...same, ...clash];
}
