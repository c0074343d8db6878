import { type Action, hostEndAction, nodeAction, type PodFacts } from './action.ts';

const FOLDER = { holds: 'pods.d', causes: ['pods.d'], wide: true } as const;

/** A line about a pod's manifest: `$F` is the file. */
function manifest(line: string) {
  return ({ name }: PodFacts): string => `F=pods.d/default-${name}.yaml; K=staged/kept-${name}; ${line}`;
}

/** Saved as editors save, with the same text. */
function saved(name: string, line: string): Action {
  return hostEndAction(name, manifest(line), undefined, FOLDER);
}

/** With an editor, `mv` and `mount` at the manifests. */
export const MANIFEST_ACTIONS: readonly Action[] = [
  saved('manifest-renamed-into-place', 'cp $F pods.d/.new; mv pods.d/.new $F'),
  saved('manifest-saved-with-backup', 'mv $F $F~; cp $F~ $F; rm $F~'),
  saved('manifest-saved-in-place', 'cp $F $K; : > $F; cat $K > $F; rm $K'),
  saved('manifest-saved-in-pieces', 'cp $F $K; head -c 60 $K > $F; sleep 0.03; cat $K > $F; rm $K'),
  saved('manifest-deleted-and-written', 'cp $F $K; rm $F; cp $K $F; rm $K'),
  hostEndAction(
    'pod-unready',
    manifest(`sed -i 's/"True"/"False"/' $F`),
    manifest(`sed -i 's/"False"/"True"/' $F`),
    FOLDER,
  ),
  hostEndAction('manifest-away', manifest('mv $F $K'), manifest('mv $K $F'), FOLDER),
  hostEndAction('manifest-broken', manifest('cp -p $F $K; echo ": [" >> $F'), manifest('mv $K $F'), FOLDER),
  nodeAction(
    'manifests-swapped',
    'cp -a pods.d pods.new; mv pods.d pods.old; mv pods.new pods.d; rm -r pods.old',
    undefined,
    FOLDER,
  ),
  nodeAction('manifests-away', 'mv pods.d pods.away', 'mv pods.away pods.d', FOLDER),
  nodeAction('manifests-mounted-over', 'mount -t tmpfs tampered pods.d', 'umount pods.d', FOLDER),
];

const BIRD_FOLDER = { holds: 'bird.conf', causes: ['bird.conf', 'flock-announcements', '/bird'] };
const CONFIG = { holds: 'flock.yaml', causes: ['flock.yaml'] };
const STATE = { holds: 'state', causes: ['allocations.json', 'state'] };

/** dd ends with a failure when nothing more fits. */
function filled(path: string): string {
  return `dd if=/dev/zero of=${path} bs=4k status=none 2>/dev/null || true`;
}

/** With an editor, `rm`, `dd` and `mount` at everything else. */
export const FILE_ACTIONS: readonly Action[] = [
  nodeAction('bird.conf-broken', 'echo "protocol nonsense {" >> bird/bird.conf', undefined, BIRD_FOLDER),
  nodeAction('bird.conf-removed', 'rm bird/bird.conf', undefined, BIRD_FOLDER),
  nodeAction('announcements-truncated', ': > bird/flock-announcements.conf', undefined, BIRD_FOLDER),
  nodeAction('announcements-edited', "sed -i '/route /d' bird/flock-announcements.conf", undefined, BIRD_FOLDER),
  nodeAction('announcements-removed', 'rm bird/flock-announcements.conf', undefined, BIRD_FOLDER),
  nodeAction('bird-folder-full', filled('bird/filler'), 'rm bird/filler', BIRD_FOLDER),
  nodeAction('bird-folder-read-only', 'mount -o remount,ro bird', 'mount -o remount,rw bird', BIRD_FOLDER),
  nodeAction(
    'flock.yaml-broken',
    'cp flock.yaml staged/flock.yaml; echo "bgp: [" >> flock.yaml',
    'mv staged/flock.yaml flock.yaml',
    CONFIG,
  ),
  nodeAction(
    'flock.yaml-cut',
    'cp flock.yaml staged/flock.yaml; : > flock.yaml',
    'cat staged/flock.yaml > flock.yaml',
    CONFIG,
  ),
  nodeAction(
    'template-broken',
    'mkdir -p templates/partials; echo "{{routerld}}" > templates/partials/extra.hbs',
    'rm templates/partials/extra.hbs',
    { holds: 'template', causes: ['extra.hbs'] },
  ),
  nodeAction(
    'template-refused',
    'mkdir -p templates/partials; echo "protocol nonsense;" > templates/partials/extra.hbs',
    'rm templates/partials/extra.hbs',
    { holds: 'template', causes: ['extra.hbs'] },
  ),
  nodeAction('state-full', filled('state/filler'), 'rm state/filler', STATE),
  nodeAction('state-read-only', 'mount -o remount,ro state', 'mount -o remount,rw state', STATE),
  nodeAction('socket-removed', 'rm flock.sock', undefined, { holds: 'socket' }),
];
