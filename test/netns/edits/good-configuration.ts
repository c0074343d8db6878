import { sessionText } from './bird-conf.ts';
import { configText, type Desk, localAsn, type PeerKeys, peerAt, withPeer } from './desk.ts';
import type { Dice } from './dice.ts';
import { CONFIG, type Edit, type Expected, type MakeEdit } from './edit.ts';
import { claimsOf, NODE_ASN, ROUTERS, SILENT, STEADY } from './names.ts';

type More = Partial<Omit<Extract<Expected, { outcome: 'applied' }>, 'outcome'>>;

/** An edit of `flock.yaml` that comes into force. */
function configuration(what: string, desk: Desk, shows: (conf: string) => boolean, more: More = {}): Edit {
  return {
    what,
    file: CONFIG,
    content: { text: configText(desk) },
    expected: { outcome: 'applied', shows, ...more },
    desk,
  };
}

/** The peer of one of the routers. */
function somePeer(dice: Dice, desk: Desk): PeerKeys {
  return peerAt(desk, dice.pick(ROUTERS).address);
}

/** A change of what the routes to one router carry, and how the router prints it. */
function exported(
  what: string,
  make: (dice: Dice, asn: number) => { keys: object; text: string; seen: string },
): MakeEdit {
  return (dice, desk) => {
    const { router, address } = dice.pick(ROUTERS);
    const peer = peerAt(desk, address);
    const { keys, text, seen } = make(dice, localAsn(desk, peer));
    const prefix = dice.pick(claimsOf(dice.pick(STEADY)));
    return configuration(what, withPeer(desk, peer.name, { export: keys }), (conf) => conf.includes(text), {
      seen: { router, prefix, text: seen },
    });
  };
}

const communities = exported('communities', (dice) => {
  const value = dice.between(1, 60_000);
  return {
    keys: { communities: [`${NODE_ASN}:${value}`] },
    text: `bgp_community.add((${NODE_ASN}, ${value}));`,
    seen: `(${NODE_ASN},${value})`,
  };
});

const largeCommunities = exported('large communities', (dice) => {
  const value = dice.between(1, 2 ** 31);
  return {
    keys: { largeCommunities: [`${NODE_ASN}:7:${value}`] },
    text: `bgp_large_community.add((${NODE_ASN}, 7, ${value}));`,
    seen: `(${NODE_ASN}, 7, ${value})`,
  };
});

const med = exported('a MED', (dice) => {
  const value = dice.between(1, 2 ** 31);
  return { keys: { med: value }, text: `bgp_med = ${value};`, seen: `BGP.med: ${value}` };
});

const prepend = exported('a longer path', (dice, asn) => {
  const times = dice.between(1, 8);
  return {
    keys: { prepend: times },
    text: 'bgp_path.prepend(',
    seen: `BGP.as_path:${` ${asn}`.repeat(times + 1)}`,
  };
});

const description: MakeEdit = (dice, desk) => {
  const text = `rack ${dice.between(1, 60_000)}; it's {a} #note`;
  return configuration('a description', withPeer(desk, somePeer(dice, desk).name, { description: text }), (conf) =>
    conf.includes(`description "${text}";`),
  );
};

const imported: MakeEdit = (dice, desk) => {
  const policy = dice.pick(['default', 'all', 'none']);
  const { name } = somePeer(dice, desk);
  const change = { import: policy, importPrefixes: undefined, importLimit: undefined };
  const text = policy === 'none' ? 'import none;' : `import filter flock_import_${policy}4;`;
  return configuration('another import policy', withPeer(desk, name, change), (conf) =>
    sessionText(conf, name).includes(text),
  );
};

const importedPrefixes: MakeEdit = (dice, desk) => {
  const length = dice.between(24, 32);
  const { name } = somePeer(dice, desk);
  const prefixes = [`203.0.113.0/${length}`, '2001:db8:cafe::/48+'];
  const change = { import: undefined, importPrefixes: prefixes, importLimit: undefined };
  return configuration('prefixes that are imported', withPeer(desk, name, change), (conf) =>
    sessionText(conf, name).includes(`203.0.113.0/${length}`),
  );
};

const importLimit: MakeEdit = (dice, desk) => {
  const limit = dice.between(5, 100_000);
  const { name } = somePeer(dice, desk);
  const change = { import: dice.pick(['default', 'all']), importPrefixes: undefined, importLimit: limit };
  return configuration('a limit of what is imported', withPeer(desk, name, change), (conf) =>
    sessionText(conf, name).includes(`import limit ${limit} action block;`),
  );
};

const bfdOn: MakeEdit = (dice, desk) => {
  const peer = somePeer(dice, desk);
  if (peer.bfd === true) return undefined;
  return configuration('BFD on', withPeer(desk, peer.name, { bfd: true }), (conf) =>
    sessionText(conf, peer.name).includes('bfd on;'),
  );
};

/** A peer more, behind which nobody answers, or without it again. */
const silentPeer: MakeEdit = (_dice, desk) => {
  const there = desk.peers.some(({ name }) => name === SILENT.name);
  const peers = there ? desk.peers.filter(({ name }) => name !== SILENT.name) : [...desk.peers, SILENT];
  return configuration(
    there ? 'a silent peer less' : 'a silent peer more',
    { ...desk, peers },
    (conf) => conf.includes(`protocol bgp ${SILENT.name} `) !== there,
    there ? {} : { runs: SILENT.name },
  );
};

/** Another order of the peers, and a comment: nothing in `bird.conf` depends on them. */
const rearranged: MakeEdit = (dice, desk) => {
  const remark = `tidied ${dice.between(1, 60_000)} times`;
  return configuration('a comment and another order', { ...desk, remark, peers: dice.shuffle(desk.peers) }, () => true);
};

const allowed: MakeEdit = (dice, desk) => {
  const { allow } = desk.keys.advertise as { allow: readonly object[] };
  const rule = { prefixes: [`198.51.100.${dice.between(0, 255)}/32`], namespaces: ['*'] };
  const advertise = { allow: [...allow.slice(0, 3), rule] };
  return configuration('a rule more', { ...desk, keys: { ...desk.keys, advertise } }, () => true);
};

const mtu: MakeEdit = (dice, desk) =>
  configuration('another MTU', { ...desk, keys: { ...desk.keys, mtu: dice.between(1280, 1500) } }, () => true);

/** Edits of the configuration that come into force by themselves. */
export const GOOD_CONFIGURATIONS: readonly MakeEdit[] = [
  communities,
  largeCommunities,
  med,
  prepend,
  description,
  imported,
  importedPrefixes,
  importLimit,
  bfdOn,
  silentPeer,
  rearranged,
  allowed,
  mtu,
];
