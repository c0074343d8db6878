import { sessionText } from './bird-conf.ts';
import { configText, type Desk, type PeerKeys, peerAt, withOverlay, withPeer } from './desk.ts';
import type { Dice } from './dice.ts';
import { CONFIG, type Edit, type Expected, type MakeEdit } from './edit.ts';
import { ROUTERS, type RouterPlan } from './names.ts';
import { packagedText } from './packaged.ts';

type Waits = Extract<Expected, { outcome: 'waits' }>;

const EVERY_ROUTER = ROUTERS.map(({ router }) => router);

/** An edit of `flock.yaml` that resets sessions. */
function configuration(what: string, desk: Desk, waits: Omit<Waits, 'outcome'>): Edit {
  return { what, file: CONFIG, content: { text: configText(desk) }, expected: { outcome: 'waits', ...waits }, desk };
}

/** A change of the keys of one peer, and what its session in `bird.conf` has from then on, or has no more. */
interface PeerChange {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly gone?: true;
}

/** An edit of one peer that resets its session, and no other. */
function onePeer(
  what: string,
  change: (dice: Dice, peer: PeerKeys, plan: RouterPlan, desk: Desk) => PeerChange,
  after: Waits['after'] = 'comesBack',
  more: Pick<Waits, 'briefly'> = {},
): MakeEdit {
  return (dice, desk) => {
    const plan = dice.pick(ROUTERS);
    const peer = peerAt(desk, plan.address);
    const { keys, text, gone = false } = change(dice, peer, plan, desk);
    const name = String(keys.name ?? peer.name);
    return configuration(what, withPeer(desk, peer.name, keys), {
      resets: [plan.router],
      after,
      shows: (conf) => conf.includes(`protocol bgp ${name} `) && sessionText(conf, name).includes(text) !== gone,
      ...more,
    });
  };
}

/** A number other than the one that is there. */
function other(dice: Dice, least: number, most: number, present: unknown): number {
  const number = dice.between(least, most - 1);
  return number >= Number(present ?? most) ? number + 1 : number;
}

const holdTime = onePeer('another hold time', (dice, peer) => {
  const seconds = other(dice, 40, 90, peer.holdTime);
  return { keys: { holdTime: seconds }, text: `hold time ${seconds};` };
});

const keepaliveTime = onePeer('another keepalive time', (dice, peer) => {
  const seconds = other(dice, 3, 9, peer.keepaliveTime);
  return { keys: { keepaliveTime: seconds }, text: `keepalive time ${seconds};` };
});

const gracefulRestart = onePeer('graceful restart', (_dice, { gracefulRestart }) => {
  const value = gracefulRestart === 'aware' ? 'off' : 'aware';
  return { keys: { gracefulRestart: value }, text: `graceful restart ${value};` };
});

const ownAsn = onePeer('another AS number towards one router', (dice, { localAsn }) => {
  const asn = other(dice, 64700, 64799, localAsn);
  return { keys: { localAsn: asn }, text: ` as ${asn};` };
});

const source = onePeer('another source address', (_dice, { sourceAddress }, { sources: [first, second] }) => {
  const address = sourceAddress === second ? first : second;
  // The first one is also what the kernel would choose, so that leaving the key out would be no other text.
  return { keys: { sourceAddress: address }, text: `local ${address} as` };
});

const rename = onePeer('another name', (dice, _peer, { peer }) => {
  const name = `${peer}_${dice.between(1, 60_000)}`;
  return { keys: { name }, text: '' };
});

const multihop = onePeer(
  'multihop',
  (dice) => {
    const hops = dice.between(2, 9);
    const keys = { multihop: hops, import: 'none', importPrefixes: undefined, importLimit: undefined };
    return { keys, text: `multihop ${hops};` };
  },
  'comesBack',
  { briefly: true },
);

const oneFamily = onePeer(
  'one family less',
  () => ({
    keys: { families: ['ipv4'], importPrefixes: undefined },
    text: 'ipv6 {',
    gone: true,
  }),
  'comesBack',
  { briefly: true },
);

const wrongAsn = onePeer(
  'a wrong AS number of the router',
  (dice) => {
    const asn = dice.between(64800, 64899);
    return { keys: { asn }, text: ` as ${asn};` };
  },
  'isUndone',
);

const wrongPassword = onePeer(
  'a password that the router does not know',
  (_dice, _peer, _plan, { passwordFile }) => ({ keys: { passwordFile }, text: 'password "' }),
  'isUndone',
);

/** Nobody listens there, and the router connects by itself. */
const otherPort = onePeer('another port', (dice, { port }) => {
  const number = other(dice, 1000, 2000, port);
  return { keys: { port: number }, text: `port ${number} as` };
});

const ttlSecurity = onePeer(
  'TTL security that the router does not know of',
  () => ({ keys: { ttlSecurity: true }, text: 'ttl security on;' }),
  'isUndone',
);

/** A router that spoke BFD would take the silence for a dead node. This one does not speak it. */
const bfdOff: MakeEdit = (dice, desk) => {
  const plan = dice.pick(ROUTERS);
  const { name, bfd } = peerAt(desk, plan.address);
  if (bfd !== true) return undefined;
  return configuration('BFD off', withPeer(desk, name, { bfd: undefined }), {
    resets: [plan.router],
    after: 'staysUp',
    shows: (conf) => !sessionText(conf, name).includes('bfd on;'),
  });
};

/** AS number of the node: all sessions. */
const everyAsn: MakeEdit = (dice, desk) => {
  const asn = other(dice, 64500, 64599, desk.bgp.asn);
  const free = ROUTERS.filter(({ address }) => peerAt(desk, address).localAsn === undefined);
  if (free.length === 0) return undefined;
  const shows = (conf: string): boolean => conf.includes(` as ${asn};`);
  const waits = { resets: free.map(({ router }) => router), after: 'comesBack', shows } as const;
  return configuration('another AS number', { ...desk, bgp: { ...desk.bgp, asn } }, waits);
};

const routerId: MakeEdit = (dice, desk) => {
  const id = `10.9.9.${other(dice, 1, 254, String(desk.bgp.routerId).split('.').at(-1))}`;
  const shows = (conf: string): boolean => conf.includes(`router id ${id};`);
  const waits = { resets: EVERY_ROUTER, after: 'comesBack', shows } as const;
  return configuration('another router id', { ...desk, bgp: { ...desk.bgp, routerId: id } }, waits);
};

/** An edit of a template that resets sessions; what comes behind may replace the same file, so it does not last. */
function template(
  what: string,
  desk: Desk,
  file: string,
  text: string,
  token: string,
  resets: readonly string[],
): Edit {
  return {
    what,
    file,
    content: { text },
    expected: { outcome: 'waits', resets, after: 'comesBack', briefly: true, shows: (conf) => conf.includes(token) },
    desk: withOverlay(desk, file, text),
  };
}

const hookedHoldTime: MakeEdit = (dice, desk) => {
  const { router, address } = dice.pick(ROUTERS);
  const { name } = peerAt(desk, address);
  const file = 'partials/peer-extra.hbs';
  const token = `hold time ${dice.between(100, 200)};`;
  const text = `{{#if (eq name "${name}")}}\n\t${token}\n{{/if}}\n`;
  return template('another hold time in a hook', desk, file, text, token, [router]);
};

const everyConnectTime: MakeEdit = (dice, desk) => {
  const token = `connect retry time ${dice.between(6, 60)};`;
  const file = 'partials/session.hbs';
  const packaged = packagedText(file);
  const text = packaged.replace(/connect retry time \d+;/, token);
  return template('another time between tries', desk, file, text, token, EVERY_ROUTER);
};

/** Edits that reset sessions: the announced ones, after permission, and no others. */
export const RESETTING: readonly MakeEdit[] = [
  holdTime,
  keepaliveTime,
  gracefulRestart,
  ownAsn,
  source,
  rename,
  multihop,
  oneFamily,
  wrongAsn,
  wrongPassword,
  otherPort,
  ttlSecurity,
  bfdOff,
  everyAsn,
  routerId,
  hookedHoldTime,
  everyConnectTime,
];
