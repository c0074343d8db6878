import type { Dice } from './dice.ts';
import type { Content, Edit, Expected, MakeEdit } from './edit.ts';
import { PACKAGED, packagedText } from './packaged.ts';

type Refused = Omit<Extract<Expected, { outcome: 'refused' }>, 'outcome'>;

function bad(what: string, file: string, content: Content, refused: Refused): Edit {
  return { what, file, content, expected: { outcome: 'refused', ...refused } };
}

/** Templates without a block of Handlebars at their end or beginning, behind or before which a line may be put. */
const ANY = PACKAGED;

/** A fault on one line of its own, behind some lines that are fine, or in a copy of a packaged template. */
function faultyLine(what: string, line: string, code: Refused['code'], says?: string): MakeEdit {
  return (dice) => {
    const file = dice.pick(ANY);
    const [stamp = '', ...rest] = packagedText(file).split('\n');
    const before = dice.chance(50) ? [stamp] : [stamp, ...rest.slice(0, -1)];
    const after = before.length > 1 ? [''] : rest;
    const text = [...before, line, ...after].join('\n');
    return bad(what, file, { text }, { code, line: before.length + 1, ...(says === undefined ? {} : { says }) });
  };
}

/** A fault in a hook: one of the templates that are empty. */
function faultyHook(what: string, file: string, faulty: string, says?: string): MakeEdit {
  return (dice) => {
    const fine = Array.from({ length: dice.between(0, 4) }, (_, index) => `# fine ${index}`);
    const text = [...fine, faulty, ''].join('\n');
    const line = fine.length + 1;
    return bad(what, file, { text }, { code: 'configurationRefused', line, ...(says === undefined ? {} : { says }) });
  };
}

/** A file that is none. */
function noFile(what: string, make: (dice: Dice) => Content, says: string): MakeEdit {
  return (dice) => bad(what, dice.pick(ANY), make(dice), { code: 'templateError', line: undefined, says });
}

const cut: MakeEdit = (dice) => {
  const file = dice.pick(ANY);
  return bad(
    'a block without an end',
    file,
    { text: `# fine\n# fine\n{{#if peers}}\n# never ends` },
    { code: 'templateError', line: 4, says: 'cannot be read' },
  );
};

const noInclude: MakeEdit = (dice) => {
  const text = packagedText('bird.conf.hbs').replace(/^include .*\n/m, dice.pick(['', '# no more\n']));
  return bad(
    'no include of the announcements',
    'bird.conf.hbs',
    { text: dice.chance(50) ? text : '' },
    {
      code: 'templateError',
      line: undefined,
      says: 'include "flock-announcements.conf"',
    },
  );
};

/** Faults in templates: nothing of them comes into force. */
export const BAD_TEMPLATES: readonly MakeEdit[] = [
  cut,
  faultyLine('an end without a block', '{{/if}}', 'templateError', 'cannot be read'),
  faultyLine('an unknown helper', '{{shout "routerId"}}', 'templateError', 'there is no helper "shout"'),
  faultyLine('an unknown value', '{{routrId}}', 'templateError', 'there is no value "routrId"'),
  faultyLine('an unknown partial', '{{> peeer}}', 'templateError', 'there is no partial "peeer"; did you mean "peer"?'),
  faultyLine('a name of JavaScript', '{{constructor}}', 'templateError', 'there is no value "constructor"'),
  faultyLine('a control character', '# \u0007', 'templateError', 'U+0007'),
  faultyLine('what is not of the language', 'flock nonsense;', 'configurationRefused', 'syntax error'),
  faultyHook('an unknown filter', 'partials/channel-extra.hbs', 'export filter no_such_filter;'),
  faultyHook('an unknown option', 'partials/peer-extra.hbs', 'holding time 30;'),
  faultyHook('a value out of its range', 'partials/peer-extra.hbs', 'hold time 2;'),
  faultyHook('a filter with wrong types', 'partials/export-extra.hbs', 'if 1 then accept;'),
  faultyHook('a filter that ends too early', 'partials/import-extra.hbs', 'accept; }'),
  faultyHook('a protocol that is there already', 'partials/extra.hbs', 'protocol static flock_summary4 { ipv4; }'),
  faultyHook('a filter that is there already', 'partials/extra.hbs', 'filter flock_export4 { accept; }'),
  faultyHook('a protocol of no kind', 'partials/extra.hbs', 'protocol ospff mine { }'),
  faultyHook('an include that leads nowhere', 'partials/extra.hbs', 'include "not-there.conf";'),
  faultyHook('a router id that is none', 'partials/global-extra.hbs', 'router id 10.0.1.1.1;'),
  faultyHook('an unknown word', 'partials/kernel-extra.hbs', 'if not_defined then accept;'),
  faultyHook('a log that is none', 'partials/log.hbs', 'log nowhere all;'),
  faultyHook('an interface that is none', 'partials/bfd.hbs', 'protocol bfd mine { interface eth0; }'),
  noInclude,
  noFile(
    'no text',
    (dice) => ({ bytes: Buffer.from([0xff, 0xfe, dice.between(0, 255), 0xc0]) }),
    'it is not UTF-8 text',
  ),
  noFile('too much text', () => ({ text: '# long\n'.repeat(50_000) }), 'it is larger than 262144 bytes'),
  noFile('a link to itself', () => ({ instead: 'linkToItself' }), 'ELOOP'),
  noFile('a folder', () => ({ instead: 'folder' }), 'it is not a regular file'),
  noFile('a pipe', () => ({ instead: 'pipe' }), 'it is not a regular file'),
];
