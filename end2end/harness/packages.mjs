// The npm packages lie below the target directory, where node does not look by itself.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const modules = process.env.E2E_NODE_MODULES ?? path.join(root, 'target/end2end/node_modules');
if (!existsSync(path.join(modules, 'playwright-core'))) {
  throw new Error(`there is no playwright-core in ${modules}: run \`cargo xtask setup\``);
}
const require = createRequire(path.join(modules, 'any.js'));

export const { chromium } = require('playwright-core');
export const axeSource = require('axe-core').source;

/** Where `dunlin` and `sandbox` are. */
export const programs = process.env.E2E_BIN ?? path.join(root, 'target/debug');
/** Where screenshots go. */
export const out = process.env.E2E_OUT ?? path.join(root, 'target/screenshots');
