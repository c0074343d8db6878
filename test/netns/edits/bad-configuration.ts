import { configText, type Desk, peerAt, withPeer } from './desk.ts';
import { CONFIG, type Content, type Edit, type MakeEdit } from './edit.ts';
import { ROUTERS } from './names.ts';

function bad(what: string, content: Content, line: number | undefined, says?: string): Edit {
  const expected = { outcome: 'refused', code: 'configurationInvalid', line } as const;
  return { what, file: CONFIG, content, expected: says === undefined ? expected : { ...expected, says } };
}

/** Lines behind a text that is fine; the fault is on the last of them, or found so many lines behind it. */
function appended(what: string, lines: readonly string[], says?: string, behind = 0): MakeEdit {
  return (_dice, desk) => {
    const text = `${configText(desk)}${lines.join('\n')}\n`;
    return bad(what, { text }, text.split('\n').length - 1 + behind, says);
  };
}

/** Keys of one peer that are wrong; the fault is on the line with these words. */
function wrongPeer(what: string, keys: Record<string, unknown>, words: string, says?: string): MakeEdit {
  return (dice, desk) => {
    const { name } = peerAt(desk, dice.pick(ROUTERS).address);
    return wrongText(what, withPeer(desk, name, keys), words, says);
  };
}

function wrongText(what: string, desk: Desk, words: string, says?: string): Edit {
  const text = configText(desk);
  const line = text.split('\n').findIndex((one) => one.includes(words)) + 1;
  if (line === 0) throw new Error(`${words} stands nowhere in ${text}`);
  return bad(what, { text }, line, says);
}

/** A wrong value of a key on the outermost level. */
function wrongKey(what: string, keys: Record<string, unknown>, words: string, says?: string): MakeEdit {
  return (_dice, desk) => wrongText(what, { ...desk, keys: { ...desk.keys, ...keys } }, words, says);
}

/** A file that is none, or says nothing. */
function noFile(what: string, content: Content, says: string): MakeEdit {
  return () => bad(what, content, undefined, says);
}

/** Faults in `flock.yaml`: nothing of them comes into force. */
export const BAD_CONFIGURATIONS: readonly MakeEdit[] = [
  appended('an unknown key', ['# fine', 'brid: {}'], 'did you mean bird?'),
  appended('a tab', ['# fine', '\tmtu: 1400']),
  appended('a list that does not end', ['# fine', 'mtu: [1400'], 'end with a ]', 1),
  appended('a key twice', ['# fine', 'pools: {}']),
  appended('two documents', ['# fine', '---', 'mtu: 1400']),
  appended('an alias of nothing', ['mtu: *nothing']),
  wrongKey('a wrong type', { mtu: 'wide' }, 'mtu: wide', 'must be'),
  wrongKey('a pool that is none', { pools: { ipv4: '10.1.1.0/99' } }, '10.1.1.0/99'),
  wrongKey('a relative path', { state: 'state.json' }, 'state: state.json'),
  wrongPeer('a peer inside a pool', { address: '10.1.1.7' }, 'address: 10.1.1.7', 'must not be inside pools.ipv4'),
  wrongPeer('an unknown key of a peer', { neighbour: '10.0.1.254' }, 'neighbour:', 'is not a key'),
  wrongPeer('a text for an AS number', { asn: 'many' }, 'asn: many'),
  wrongPeer('AS number 0', { asn: 0 }, 'asn: 0'),
  wrongPeer('a keepalive time above a third', { holdTime: 30, keepaliveTime: 11 }, 'keepaliveTime: 11'),
  wrongPeer('a community that is none', { export: { communities: ['1:70000'] } }, '1:70000'),
  wrongPeer('local preference outside', { export: { localPreference: 7 } }, 'localPreference: 7', 'RFC 4271'),
  wrongPeer('a family that is none', { families: ['ipv4', 'ipv5'] }, 'ipv5', 'must be ipv4 or ipv6'),
  wrongPeer('a source of another family', { sourceAddress: '2001:db8:0:1::1' }, 'sourceAddress: 2001'),
  wrongPeer('an unknown import policy', { import: 'some', importPrefixes: undefined }, 'import: some'),
  wrongPeer('a bad limit', { importLimit: 0 }, 'importLimit: 0'),
  wrongPeer('a bad name', { name: '1tor' }, 'name: 1tor'),
  noFile('nothing', { text: '' }, 'it is empty'),
  noFile('no file', { instead: 'nothing' }, 'does not exist'),
  noFile('a folder', { instead: 'folder' }, 'cannot be read'),
  noFile('a link to itself', { instead: 'linkToItself' }, 'cannot be read'),
  noFile('no text', { bytes: Buffer.from([0xff, 0xfe, 0, 1]) }, 'it is not UTF-8 text'),
  noFile('too much text', { text: '# long\n'.repeat(200_000) }, 'it is larger than'),
];
