import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { EnvSecrets } from '../../../lib/adapters/local/env-secrets.ts';
import { SmtpNotifier } from '../../../lib/adapters/local/smtp-notifier.ts';
import { sampleEvent } from '../../contract/sample-records.ts';

interface Received {
  from: string;
  to: string[];
  user: string | undefined;
  text: string;
}

describe('the e-mail notifier [K5]', () => {
  const closers: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Starts a real mail server on this machine. */
  const sink = async (options: SMTPServerOptions = {}, port = 0) => {
    const received: Received[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      logger: false,
      closeTimeout: 50,
      ...options,
      onAuth: ({ username, password }, _, done) =>
        password === 'p@ss word' ? done(null, { user: username ?? '' }) : done(new Error('wrong password')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            text: Buffer.concat(chunks).toString(),
          });
          done();
        });
      },
    });
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
    const address = server.server.address();
    const bound = typeof address === 'object' && address ? address.port : 0;
    let closed: Promise<void> | undefined;
    const close = () => {
      closed ??= new Promise<void>((resolve) => server.close(() => resolve()));
      return closed;
    };
    closers.push(close);
    return { received, port: bound, close };
  };
  const notifier = (url: string, lines: string[] = [], to = ['ops@example.com', 'dba@example.com']) => {
    const log = new JsonLogger({ write: (line) => lines.push(line), pretty: false });
    const made = new SmtpNotifier({
      smtp: { env: 'SMTP_URL' },
      to,
      from: 'holdfast@example.com',
      secrets: new EnvSecrets({ log, env: { SMTP_URL: url } }),
      log,
    });
    closers.push(() => made.close());
    return made;
  };

  test('sends a message with the outcome in the subject, what happened, and what to do', async () => {
    const { received, port } = await sink();
    const event = sampleEvent({
      type: 'backup.failed',
      state: 'FAILED',
      shortError: 'the disk is full',
      summary: 'It ran for 12 s and had read 1.2 GB in 3,041 entries.\nWas “größer” als gedacht.',
    });
    await notifier(`smtp://127.0.0.1:${port}`).deliver(event);
    expect(received).toHaveLength(1);
    const [mail] = received;
    expect(mail).toMatchObject({ from: 'holdfast@example.com', to: ['ops@example.com', 'dba@example.com'] });
    const text = mail?.text.replaceAll('=\r\n', '') ?? '';
    const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(text)?.[1]?.replaceAll('\r\n', '');
    expect(subject).toBe(`[Holdfast acme] backup of ${event.backupId} FAILED: the disk is full`);
    expect(text).toContain('1.2 GB in 3,041 entries');
    expect(text).toContain(`holdfast backup show ${event.backupId}`);
    expect(text).toContain('Auto-Submitted: auto-generated');
    expect(text).toContain(`Message-ID: <${event.id}@acme.holdfast>`);
  });

  test('has no header and no recipient of what an error says [B8]', async () => {
    const { received, port } = await sink();
    const evil = 'x\r\nBcc: all@example.com\r\nTo: all@example.com\r\n\r\n.\r\nRCPT TO:<all@example.com>\r\n';
    await notifier(`smtp://127.0.0.1:${port}`).deliver(
      sampleEvent({ type: 'backup.failed', state: 'FAILED', shortError: evil }),
    );
    expect(received.map(({ to }) => to)).toEqual([['ops@example.com', 'dba@example.com']]);
    const [head = ''] = received[0]?.text.split('\r\n\r\n') ?? [];
    expect(head).toMatch(/^To: ops@example\.com, dba@example\.com$/m);
    expect(head).not.toMatch(/^(Bcc|To: all|RCPT)/m);
    expect(received[0]?.text).not.toMatch(/^(Bcc|To: all|RCPT)/m);
  });

  test('sends one after the other over one connection', async () => {
    let connections = 0;
    const { received, port } = await sink({
      onConnect: (_, done) => {
        connections++;
        done();
      },
    });
    const email = notifier(`smtp://127.0.0.1:${port}`);
    for (let i = 0; i < 3; i++) await email.deliver(sampleEvent());
    expect([received.length, connections]).toEqual([3, 1]);
  });

  test('throws while the server is down, and delivers once it is up again', async () => {
    const { port, close } = await sink();
    await close();
    const email = notifier(`smtp://127.0.0.1:${port}`);
    const event = sampleEvent();
    await expect(email.deliver(event)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const { received } = await sink({}, port);
    await email.deliver(event);
    expect(received).toHaveLength(1);
  });

  test('throws when the server goes away with the connection kept open', async () => {
    const { port, close } = await sink();
    const email = notifier(`smtp://127.0.0.1:${port}`);
    await email.deliver(sampleEvent());
    await close();
    await expect(email.deliver(sampleEvent())).rejects.toMatchObject({ code: 'unavailable' });
    const { received } = await sink({}, port);
    await email.deliver(sampleEvent());
    expect(received).toHaveLength(1);
  });

  test('logs in, with a password that needs escapes; a wrong one is told without it', async () => {
    const { received, port } = await sink({ authOptional: false });
    await notifier(`smtp://ops:p%40ss%20word@127.0.0.1:${port}`).deliver(sampleEvent());
    expect(received[0]?.user).toBe('ops');
    const lines: string[] = [];
    const failure: unknown = await notifier(`smtp://ops:wr0ngpass@127.0.0.1:${port}`, lines)
      .deliver(sampleEvent())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(String(failure) + lines.join()).not.toContain('wr0ngpass');
  });

  test('says how the URL is written, and the log strikes nothing out of that', async () => {
    const lines: string[] = [];
    const log = new JsonLogger({ write: (line) => lines.push(line), pretty: false });
    const failed = notifier('mail.example.com:587').deliver(sampleEvent());
    log.warn(await failed.then(String, (thrown: Error) => thrown.message));
    expect(lines[0]).toContain('write smtp://HOST:587, with USER:PASSWORD@ before HOST');
    expect(lines[0]).not.toContain('redacted');
  });

  test('encrypts when the server offers STARTTLS, and does not trust a certificate it does not know', async () => {
    const { received, port } = await sink({ disabledCommands: [], authOptional: true });
    await expect(notifier(`smtp://127.0.0.1:${port}`).deliver(sampleEvent())).rejects.toMatchObject({
      code: 'unavailable',
    });
    await notifier(`smtp://127.0.0.1:${port}?tls.rejectUnauthorized=false`).deliver(sampleEvent());
    expect(received).toHaveLength(1);
  });

  test('delivers to whom it can, and logs whom the server refused; throws when it refused all', async () => {
    const { received, port } = await sink({
      onRcptTo: ({ address }, _, done) =>
        done(address.startsWith('gone') ? new Error('no such user') : undefined),
    });
    const lines: string[] = [];
    await notifier(`smtp://127.0.0.1:${port}`, lines, ['ops@example.com', 'gone@example.com']).deliver(
      sampleEvent(),
    );
    expect(received[0]?.to).toEqual(['ops@example.com']);
    expect(lines.join()).toContain('gone@example.com');
    await expect(
      notifier(`smtp://127.0.0.1:${port}`, [], ['gone@example.com']).deliver(sampleEvent()),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('gives up on a server that accepts connections and says nothing', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closers.push(() => void silent.close());
    const address: AddressInfo | string | null = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const email = notifier(`smtp://127.0.0.1:${port}?greetingTimeout=200`);
    await expect(email.deliver(sampleEvent())).rejects.toMatchObject({ code: 'unavailable' });
  });

  test.each(['', 'mail.example.com:25', 'https://u:secretpw@example.com'])(
    'refuses the URL %j without repeating it',
    async (url) => {
      const failure: unknown = await notifier(url)
        .deliver(sampleEvent())
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: expect.stringMatching(/config_invalid|component_unavailable/) });
      expect(String(failure)).not.toContain('secretpw');
    },
  );
});
