/** Mail servers that misbehave. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

type Talk = (socket: Socket) => void;

const CODES = '220 a\r\n250-b\r\n250 c\r\n';

const each = (socket: Socket, milliseconds: number, piece: string): void => {
  const timer = setInterval(() => socket.write(piece), milliseconds);
  socket.on('close', () => clearInterval(timer));
};

/** Answers each command except the one that matches `at`. */
const until = (at: RegExp, then: (socket: Socket) => void): Talk => {
  return (socket) => {
    socket.write('220 ready\r\n');
    socket.on('data', (data) => {
      const line = data.toString('latin1');
      if (at.test(line)) then(socket);
      else if (/^DATA/i.test(line)) socket.write('354 go on\r\n');
      else if (/^(EHLO|HELO)/i.test(line)) socket.write('250 hello\r\n');
      else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else if (/\r\n\.\r\n$/.test(line) || /^(MAIL|RCPT|RSET|NOOP)/i.test(line)) socket.write('250 ok\r\n');
    });
  };
};

export const hostileMail: Readonly<Record<string, Talk>> = {
  'says nothing': () => undefined,
  'hangs up at once': (socket) => socket.destroy(),
  'says one byte a second': (socket) => each(socket, 1_000, '2'),
  'says rubbish': (socket) => each(socket, 1, '\0\xff{}\r\n'),
  'never ends a line': (socket) => each(socket, 1, 'x'.repeat(10_000)),
  'never ends an answer': (socket) => each(socket, 1, '220-more\r\n'.repeat(100)),
  'answers before it is asked': (socket) => socket.end(CODES.repeat(100)),
  'refuses the greeting': (socket) => socket.end('554 go away\r\n'),
  'refuses the sender': until(/^MAIL/i, (socket) => socket.write('550 no\r\n')),
  'is busy at the recipient': until(/^RCPT/i, (socket) => socket.write('451 later\r\n')),
  'hangs up at DATA': until(/^DATA/i, (socket) => socket.destroy()),
  'is silent behind the message': until(/\r\n\.\r\n$/, () => undefined),
  'offers TLS and breaks it': (socket) => {
    socket.write('220 ready\r\n');
    socket.on('data', (data) => {
      const line = data.toString('latin1');
      if (/^EHLO/i.test(line)) socket.write('250-hello\r\n250 STARTTLS\r\n');
      else if (/^STARTTLS/i.test(line)) socket.write(`220 go on\r\n${'rubbish'.repeat(100)}`);
    });
  },
};

export class HostileMail implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(talk: Talk) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      talk(socket);
    });
  }

  static async start(talk: Talk): Promise<HostileMail> {
    const mail = new HostileMail(talk);
    mail.#server.listen(0, '127.0.0.1');
    await once(mail.#server, 'listening');
    return mail;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
