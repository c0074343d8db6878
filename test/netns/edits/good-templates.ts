import { type Desk, withOverlay } from './desk.ts';
import type { Dice } from './dice.ts';
import type { Edit, Expected, MakeEdit } from './edit.ts';
import { claimsOf, NODE_ASN, ROUTERS, STEADY } from './names.ts';
import { PACKAGED, packagedText } from './packaged.ts';

/** A number that makes what an edit writes unlike everything before it. */
function mark(dice: Dice): number {
  return dice.between(1, 60_000);
}

type More = Partial<Omit<Extract<Expected, { outcome: 'applied' }>, 'outcome'>>;

/** An edit of a template that comes into force; without more to look for, `bird.conf` holds the mark. */
function template(desk: Desk, what: string, file: string, text: string, token: string, more: More = {}): Edit {
  return {
    what,
    file,
    content: { text },
    expected: { outcome: 'applied', shows: (conf) => conf.includes(token), ...more },
    desk: withOverlay(desk, file, text),
  };
}

const remark: MakeEdit = (dice, desk) => {
  const file = dice.pick(PACKAGED);
  const token = `# a remark ${mark(dice)}`;
  const [stamp = '', ...rest] = packagedText(file).split('\n');
  const blank = '\n'.repeat(dice.between(0, 3));
  const body = rest.join('\n');
  const text = dice.chance(50) ? `${stamp}\n${token}\n${blank}${body}` : `${stamp}\n${body}${blank}${token}\n`;
  return template(desk, 'a copy with a remark', file, text, token);
};

const protocol: MakeEdit = (dice, desk) => {
  const name = `edit_${mark(dice)}`;
  const route = `\troute 198.51.100.${dice.between(0, 255)}/32 blackhole;`;
  const text = `# mine\nprotocol static ${name} {\n\tipv4;\n${route}\n}\n`;
  return template(desk, 'a protocol of its own', 'partials/extra.hbs', text, name, { runs: name });
};

const filter: MakeEdit = (dice, desk) => {
  const name = `edit_filter_${mark(dice)}`;
  const text = `{{#each families}}\nfilter ${name}_{{number}} { if net = {{defaultRoute}} then accept; reject; }\n{{/each}}\n`;
  return template(desk, 'filters of its own', 'partials/extra.hbs', text, `filter ${name}_6 {`);
};

/** One prefix of a steady pod gets a community, on its way to all routers. */
const community: MakeEdit = (dice, desk) => {
  const value = mark(dice);
  const family = dice.pick([0, 1] as const);
  const prefix = claimsOf(dice.pick(STEADY))[family];
  const statement = `if net = ${prefix} then bgp_community.add((${NODE_ASN}, ${value}));`;
  const text = `{{#if (eq number ${family === 0 ? 4 : 6})}}\n\t${statement}\n{{/if}}\n`;
  return template(desk, 'a community for one prefix', 'partials/export-extra.hbs', text, statement, {
    seen: { router: dice.pick(ROUTERS).router, prefix, text: `(${NODE_ASN},${value})` },
  });
};

const moreImported: MakeEdit = (dice, desk) => {
  const token = `if net.len = ${dice.between(8, 24)} && net ~ 203.0.113.0/24 then accept;`;
  const text = `{{#if (eq channel "ipv4")}}\n\t${token}\n{{/if}}\n`;
  return template(desk, 'more that is imported', 'partials/import-extra.hbs', text, token);
};

const debugged: MakeEdit = (dice, desk) => {
  const { name } = dice.pick(desk.peers);
  const token = `debug { states }; # ${mark(dice)}`;
  return template(
    desk,
    'an option that resets nothing, in one session',
    'partials/peer-extra.hbs',
    `{{#if (eq name "${name}")}}\n\t${token}\n{{/if}}\n`,
    token,
  );
};

const limited: MakeEdit = (dice, desk) => {
  const token = `receive limit ${dice.between(100, 60_000)} action warn;`;
  return template(desk, 'an option of all channels', 'partials/channel-extra.hbs', `\t\t${token}\n`, token);
};

const intoKernel: MakeEdit = (dice, desk) => {
  const token = `if net = 198.51.100.${dice.between(0, 255)}/32 then accept;`;
  const text = `{{#if (eq number 4)}}\n\t${token}\n{{/if}}\n`;
  return template(desk, 'more for the kernel', 'partials/kernel-extra.hbs', text, token);
};

const global: MakeEdit = (dice, desk) => {
  const token = `watchdog warning ${dice.between(2, 60)} s; # ${mark(dice)}`;
  return template(desk, 'a global option', 'partials/global-extra.hbs', `${token}\n`, token);
};

const logged: MakeEdit = (dice, desk) => {
  const token = `log stderr { ${dice.shuffle(['info', 'warning', 'error', 'fatal', 'bug']).join(', ')} };`;
  return template(desk, 'where BIRD logs', 'partials/log.hbs', `${token}\n`, token);
};

/** A partial that nothing calls yet. */
const unusedPartial: MakeEdit = (dice, desk) => {
  const file = `partials/own_${dice.between(1, 9)}.hbs`;
  const text = `# ${mark(dice)}\n`;
  return template(desk, 'a partial that nothing calls', file, text, '', { shows: () => true });
};

/** The packaged one counts again: the file is deleted, or a folder has its name. */
const backToPackaged: MakeEdit = (dice, desk) => {
  const names = [...desk.overlays.keys()];
  if (names.length === 0) return undefined;
  const file = dice.pick(names);
  const packaged = PACKAGED.map(packagedText).join('\n');
  // Long enough to stand nowhere else by chance.
  const gone = (desk.overlays.get(file) ?? '')
    .split('\n')
    .filter((line) => line.trim().length > 15 && !line.includes('{{') && !packaged.includes(line));
  return {
    what: 'back to the packaged one',
    file,
    content: { instead: 'nothing' },
    expected: { outcome: 'applied', shows: (conf) => !gone.some((line) => conf.includes(line)) },
    desk: withOverlay(desk, file, undefined),
  };
};

/** Edits of templates that come into force by themselves. */
export const GOOD_TEMPLATES: readonly MakeEdit[] = [
  remark,
  protocol,
  filter,
  community,
  moreImported,
  debugged,
  limited,
  intoKernel,
  global,
  logged,
  unusedPartial,
  backToPackaged,
];

/** Those of them that fit beside whatever else is written, and whose mark stands nowhere else. */
export const HARMLESS: readonly MakeEdit[] = [protocol, filter, global, logged];
