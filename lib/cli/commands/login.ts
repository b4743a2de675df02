import type { Command } from 'commander';
import * as installations from '../../client/calls/installation.ts';
import * as people from '../../client/calls/people.ts';
import * as sessions from '../../client/calls/sessions.ts';
import type { IssuerView } from '../../model/requests/oidc.ts';
import { Failure, usageFailure } from '../failure.ts';
import { namedInstallation, strangersInstallation } from '../login/installation.ts';
import { type Login, writeLogin } from '../login/login-file.ts';
import type { Answer } from '../requests/answer.ts';
import { Client } from '../requests/client.ts';
import type { Session } from '../session.ts';
import { askSecret, readPassphrase } from '../terminal/passphrase.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { visible } from '../terminal/visible-text.ts';

const OPTION = '--token-file';

interface Options {
  readonly tokenFile?: string;
  /** True: the only issuer. */
  readonly issuer?: string | true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<url>', 'the address of the installation, such as https://holdfast.example.com')
    .option(`${OPTION} <file>`, 'a token of the installation; - reads standard input, or asks')
    .option('--issuer [id]', 'sign in at an issuer, with a code to be entered in a browser')
    .action(async (address: string, { tokenFile, issuer }: Options) => {
      if (issuer !== undefined && tokenFile !== undefined)
        throw usageFailure(`give ${OPTION} or --issuer, not both`);
      if (issuer === undefined) await byToken(session, address, tokenFile);
      else await byIssuer(session, address, issuer === true ? undefined : issuer);
    });
};

const byToken = async (session: Session, address: string, tokenFile: string | undefined): Promise<void> => {
  const token = (
    tokenFile === undefined
      ? await askSecret('Token: ', OPTION)
      : await readPassphrase(session, tokenFile, { option: OPTION, isNew: true })
  ).trim();
  const installation = namedInstallation(address, token, 'the address');
  session.warnUnencrypted(installation);
  // The token is stored only if the installation accepts it.
  await new Client(installation).ask(installations.status());
  const { url } = installation;
  await keep(session, { url, token }, `logged in to ${visible(url)}`);
};

const keep = async (session: Session, login: Login, sentence: string): Promise<void> => {
  const file = await writeLogin(session.environment, login);
  await session.output.result({ url: login.url, file }, () => [sentence]);
  session.output.note(
    `The token is in ${file}. Commands use it unless --data, HOLDFAST_URL or a server in ./holdfast-data names another installation.`,
  );
};

const byIssuer = async (session: Session, address: string, wanted: string | undefined): Promise<void> => {
  const stranger = strangersInstallation(address);
  session.warnUnencrypted(stranger);
  const found = chosen((await new Client(stranger).ask(sessions.issuers())).list('resources'), wanted);
  const device = {
    issuer: found.text('issuer'),
    clientId: found.part('device').text('clientId'),
    audience: found.part('device').text('audience'),
  };
  const { loginByCode } = await import('../login/issuer-login.ts');
  const scopes = found.part('device').texts('scopes');
  const given = await loginByCode({ ...device, scopes }, (page, code) => {
    session.output.say(`To sign in at ${found.text('name')}, open ${page}`, `and enter the code ${code}`);
    session.output.status({ verificationUri: page, userCode: code });
  });
  const { token, expiresAt, refreshToken } = given;
  const installation = namedInstallation(address, token, 'the address');
  const { url } = installation;
  // The token is stored only if the installation accepts it. The installation remembers the person, who may then make
  // something that acts later.
  const person = await new Client(installation).ask(people.rememberMe());
  const renewal = { ...device, issuerId: found.text('id'), expiresAt, refreshToken };
  await keep(
    session,
    { url, token, renewal },
    `logged in to ${visible(url)} as ${visible(person.text('signInName'))}`,
  );
  session.output.note(
    refreshToken === ''
      ? `The login ends at ${shownTime(expiresAt)}: the issuer does not renew it.`
      : 'The login is renewed automatically, as long as the issuer allows that.',
  );
};

/** The issuer of this id, or the only one. */
const chosen = (all: readonly Answer<IssuerView>[], wanted: string | undefined): Answer<IssuerView> => {
  const possible = all.filter((one) => one.has('device'));
  const fitting = wanted === undefined ? possible : possible.filter((one) => one.text('id') === wanted);
  const [found, second] = fitting;
  if (found !== undefined && second === undefined) return found;
  const ids = possible.map((one) => one.text('id')).join(', ');
  if (possible.length === 0)
    throw new Failure('not_found', 'this installation has no issuer at which the command line can sign in', {
      hint: 'Log in with a token, or let its administrator name an issuer with a public client in access.oidc of the configuration.',
    });
  throw usageFailure(
    found === undefined ? `there is no issuer with the id "${wanted}"` : 'there is more than one issuer',
    `Give --issuer one of: ${ids}`,
  );
};
