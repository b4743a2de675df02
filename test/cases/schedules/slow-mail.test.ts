import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { deadlineIn } from '../../deadline.ts';
import { HostileMail } from '../crash/starving/hostile-mail.ts';
import { StarvedServer } from '../crash/starving/starved-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test('a process ends within 10 s of SIGTERM though a mail server has a message of it and says nothing [B15] [K5]', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mail-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'source'));
  let isSent = false;
  await using mail = await HostileMail.start((socket) => {
    socket.write('220 ready\r\n');
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (text.startsWith('DATA')) {
        isSent = true;
        socket.write('354 go on\r\n');
      } else if (!isSent) socket.write('250 ok\r\n');
    });
  });
  const email = { to: ['ops@example.com'], from: 'holdfast@example.com', smtp: { env: 'MAIL_URL' } };
  const components = [{ id: 'files', kind: 'directory', path: 'source' }];
  writeFileSync(
    join(folder, 'holdfast.config.json'),
    JSON.stringify({
      components,
      notifications: { email, rules: [{ events: ['*'], channels: ['*'] }] },
    }),
  );
  const server = new StarvedServer(folder, { env: { MAIL_URL: `smtp://127.0.0.1:${mail.port}` } });
  closers.push(() => server.kill());
  const url = await server.url();
  await StarvedServer.apiOf(String(url), join(folder, 'data')).backup();
  for (const deadline = deadlineIn(10_000); !isSent && !deadline.isOver; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isSent).toBe(true);
  // The message was sent, and the server waits for the answer.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await server.stop()).toEqual([]);
  expect(server.end).toBe('0');
}, 60_000);
