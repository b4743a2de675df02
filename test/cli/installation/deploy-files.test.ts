/** Checks each file of deploy/ with the program that reads it, when that program is available. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { eventually } from '../../contract/eventually.ts';
import { nginxProgram } from '../../servers/nginx.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { type Finished, holdfast } from '../run-holdfast.ts';

const deployed = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url)), 'utf8');

const nginx = await nginxProgram();
const testWithNginx = nginx === undefined ? test.skip : test;
const running: ChildProcess[] = [];

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
}, 60_000);
afterAll(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  await here.close();
});

test('the unit and the container start the server with options that it has', async () => {
  const help = (await holdfast(['serve', '--help'])).out;
  const [, start = ''] = /^ExecStart=(.*)$/m.exec(deployed('holdfast.service')) ?? [];
  const [, command = ''] = /^CMD \[("serve".*)\]$/m.exec(deployed('Containerfile')) ?? [];
  for (const line of [start, command]) {
    const options = line.match(/--[a-z-]+/g) ?? [];
    expect(options).toContain('--data');
    for (const option of options) expect(help).toContain(`${option} `);
  }
});

testWith('systemd-analyze')('systemd takes the unit, and finds its exposure low', () => {
  const unit = here.path('holdfast.service');
  // The paths of Node and of the product depend on the machine.
  const text = deployed('holdfast.service').replace('/usr/bin/node', process.execPath);
  writeFileSync(unit, text);
  const said = execFileSync('sh', ['-c', `systemd-analyze verify '${unit}' 2>&1`], { encoding: 'utf8' });
  expect(said).not.toContain('holdfast.service:');
  // The threshold is out of 100: a worse exposure exits with an error. Below 4.5 of 10, systemd says "OK".
  const judged = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], {
    encoding: 'utf8',
  });
  expect(judged).toMatch(/Overall exposure level for holdfast\.service: \d\.\d OK/);
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = Object(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('nginx with TLS before the server', () => {
  testWithNginx(
    'lets the command line make, bring and send archives [T2] [U8]',
    async () => {
      const port = await freePort();
      const proxy = here.path('proxy');
      mkdirSync(proxy);
      execFileSync('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-keyout', `${proxy}/privkey.pem`, '-out', `${proxy}/fullchain.pem`],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ]);
      const site = deployed('holdfast.nginx.conf')
        .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
        .replace('backup.example.com', 'localhost')
        .replaceAll('/etc/ssl/holdfast/', `${proxy}/`)
        .replace('http://127.0.0.1:8484', here.api.url);
      writeFileSync(`${proxy}/site.conf`, site);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${proxy}/${name};`)
        .join(' ');
      writeFileSync(
        `${proxy}/nginx.conf`,
        `daemon off; pid ${proxy}/nginx.pid; error_log ${proxy}/error.log; events {} http { access_log off; ${temporary} include ${proxy}/site.conf; }`,
      );
      running.push(
        spawn(nginx ?? '', ['-p', proxy, '-e', `${proxy}/error.log`, '-c', `${proxy}/nginx.conf`], {
          stdio: 'inherit',
        }),
      );
      const env = {
        HOLDFAST_URL: `https://localhost:${port}`,
        HOLDFAST_TOKEN: here.api.token,
        NODE_EXTRA_CA_CERTS: `${proxy}/fullchain.pem`,
      };
      const run = (...args: string[]): Promise<Finished> => holdfast(args, { cwd: here.folder, env });
      await eventually(
        'the proxy answers',
        async () => (await run('backup', 'status')).code === 0 || undefined,
      );
      writeFileSync(here.path('source', 'large.bin'), randomBytes(12_000_000));
      const made = await run('backup', 'create', '--label', 'proxied', '--output', 'proxied.tar');
      expect([made.code, made.err]).toEqual([0, expect.stringContaining('SHA-256 checked')]);
      expect((await run('backup', 'delete', 'latest:proxied', '--yes')).code).toBe(0);
      const sent = await run('backup', 'upload', '--file', 'proxied.tar');
      expect([sent.code, sent.err]).toEqual([0, expect.any(String)]);
      expect((await run('find', 'large.bin')).out).toContain('files:large.bin');
      // Without TLS, the port gives no answer of Holdfast.
      expect((await fetch(`http://localhost:${port}/v1/health`)).status).toBe(400);
    },
    60_000,
  );
});
