/**
 * Loaded into npm by test/setup/bootstrap.sh: has npm choose packages for the Node of the lock file, on which they run, and
 * not for the one on which npm runs. Of an optional package whose `engines` do not fit npm's own Node, npm says nothing and
 * leaves it out (`checkEngine` in @npmcli/arborist's reify.js; neither --force nor an option changes that): with the Node 18
 * of Debian 12 the native part of the bundler behind vitest is lost.
 */
const { optionalDependencies } = require('../../package.json');

Object.defineProperty(process, 'version', { value: `v${optionalDependencies[`node-linux-${process.arch}`]}` });
