// One Dunlin with the world around it: a sandbox, a server and a fresh SQLite database, on free loopback ports.
import { spawn, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile, readFile, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';

import { programs } from './packages.mjs';

const run = promisify(execFile);

/** How long anything may take that the server does by itself. */
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** Asks until the answer is truthy, and says what was waited for if it never is. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
    await pause(POLL_MS);
  }
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The environment without any of our own settings: the configuration file alone decides. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DUNLIN_')));
}

export class World {
  #directory;
  #children = new Map();

  /** Starts one. With `demoData` it is the installation of `cargo xtask demo`, without it an empty one. */
  static async start({ demoData = true } = {}) {
    const world = new World();
    try {
      await world.#prepare();
      await world.startSandbox();
      if (demoData) world.said = (await world.dunlin('demo-data')).stdout;
      await world.startServer();
    } catch (error) {
      const logs = await world.logs();
      await world.stop();
      throw new Error(`the world did not start: ${error.message}\n${logs}`, { cause: error });
    }
    return world;
  }

  async #prepare() {
    this.#directory = await mkdtemp(path.join(tmpdir(), 'dunlin-world-'));
    const [server, sandbox, smtp] = await freePorts(3);
    this.ports = { server, sandbox, smtp };
    this.url = `http://localhost:${server}`;
    this.sandboxUrl = `http://127.0.0.1:${sandbox}`;
    const { stdout: key } = await run(path.join(programs, 'dunlin'), ['generate-key'], { env: cleanEnvironment() });
    await writeFile(this.#file('dunlin.toml'), `
listen = "127.0.0.1:${server}"
base_url = "${this.url}"
database_url = "sqlite:${this.#file('dunlin.sqlite')}"
installation_key = "${key.trim()}"
demo = true
stripe_url = "${this.sandboxUrl}"

[smtp]
host = "127.0.0.1"
port = ${smtp}
tls = "none"
from = "invoices@dunlin.example"

[sms]
url = "${this.sandboxUrl}"
account = "ACstories"
token = "token-of-the-browser-stories"
from = "+4930555000"
`);
  }

  #file(name) {
    return path.join(this.#directory, name);
  }

  /** Runs a verb of the command line to its end. */
  dunlin(...words) {
    const call = [...words, '--config', this.#file('dunlin.toml')];
    return run(path.join(programs, 'dunlin'), call, { env: cleanEnvironment() });
  }

  async startSandbox() {
    const { sandbox, smtp } = this.ports;
    await this.#spawn('sandbox', ['--http-port', `${sandbox}`, '--smtp-port', `${smtp}`, '--state', this.#file('sandbox.json')]);
    await this.#ready('sandbox', `${this.sandboxUrl}/`);
  }

  async startServer() {
    await this.#spawn('dunlin', ['serve', '--config', this.#file('dunlin.toml')]);
    await this.#ready('dunlin', `${this.url}/health/ready`);
  }

  async #spawn(name, words) {
    const log = await open(this.#file(`${name}.log`), 'a');
    const child = spawn(path.join(programs, name), words, {
      stdio: ['ignore', log.fd, log.fd],
      env: cleanEnvironment(),
    });
    child.ended = new Promise((resolve) => child.once('exit', resolve));
    await log.close();
    this.#children.set(name, child);
  }

  async #ready(name, address) {
    const child = this.#children.get(name);
    await until(`${name} to answer`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended by itself with ${child.exitCode}`);
      try {
        return (await fetch(address, { signal: AbortSignal.timeout(2000) })).ok;
      } catch {
        return false;
      }
    });
  }

  /** Ends the server at once, as a power cut would, and starts it again. */
  async killAndRestartServer() {
    const child = this.#children.get('dunlin');
    child.kill('SIGKILL');
    await child.ended;
    await this.startServer();
  }

  /** Every mail in the mailbox, the newest first. */
  async mails() {
    const answer = await fetch(`${this.sandboxUrl}/mailbox.json`);
    const mails = await answer.json();
    return Array.isArray(mails) ? mails : mails.mails;
  }

  /** Waits for a mail whose subject or recipient matches, and returns it. */
  async mail(what, matches) {
    return until(`a mail: ${what}`, async () => (await this.mails()).find(matches));
  }

  /** A call of the sandbox's control API. */
  async control(call, body) {
    const answer = await fetch(`${this.sandboxUrl}/_sandbox/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`the sandbox refused ${call}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** The end of both logs, for a failure's message. */
  async logs() {
    const parts = await Promise.all(['sandbox', 'dunlin'].map(async (name) => {
      const text = await readFile(this.#file(`${name}.log`), 'utf8').catch(() => '');
      return `--- ${name}.log\n${text.split('\n').slice(-25).join('\n')}`;
    }));
    return parts.join('\n');
  }

  /** Ends everything; nothing stays behind. */
  async stop() {
    for (const child of [...this.#children.values()].reverse()) {
      child.kill('SIGTERM');
      const ended = await Promise.race([child.ended.then(() => true), pause(15_000, false, { ref: false })]);
      if (!ended) child.kill('SIGKILL');
    }
    if (this.#directory) await rm(this.#directory, { recursive: true, force: true });
  }
}
