/** Receives a signed request for a trigger. Anybody may send it: only the signature counts. */

import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { Origin } from '../audit/act.ts';
import { noteRefusal } from '../audit/repeated-acts.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { isMessageSigned, requireInTime, type SignedMessage } from './signed-message.ts';
import { type ReceivedEvent, receiveEvent } from './trigger-events.ts';

/**
 * Takes the message as an event of the trigger, with the message's id. Nobody can learn which triggers exist.
 *
 * @throws `unauthorized` for an unknown trigger as for a wrong signature; `unavailable` when its secret cannot be read
 */
export const receiveMessage = async (
  host: OperatingHost,
  triggerId: string,
  message: SignedMessage,
  origin: Origin,
): Promise<ReceivedEvent> => {
  try {
    const headers = requireInTime(message, host.clock.now());
    const trigger = host.config.triggers.find(({ id }) => id === triggerId);
    const isRight =
      trigger?.kind === 'webhook' &&
      isMessageSigned({ ...headers, body: message.body }, await keysOf(host, trigger));
    if (!isRight)
      throw new HoldfastError(
        'unauthorized',
        'no trigger of this id accepts a message with this signature: check the id, the secret, and that the body was sent as it was signed',
      );
    return await receiveEvent(host, trigger, headers.id);
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'unauthorized')
      await noteRefusal(
        host,
        { principal: undefined, origin, action: 'receiveMessage', subject: 'triggers' },
        { outcome: 'refused', status: 401, code: 'unauthorized' },
      );
    throw thrown;
  }
};

const keysOf = async (
  host: OperatingHost,
  { id, secrets }: Extract<OperatingHost['config']['triggers'][number], { kind: 'webhook' }>,
): Promise<string[]> => {
  try {
    return await Promise.all(secrets.map((secret) => host.secrets.resolve(secret)));
  } catch (cause) {
    host.log.error('a secret of a trigger cannot be read, so its messages are not accepted', {
      triggerId: id,
      reason: shortErrorOf(cause),
    });
    throw new HoldfastError(
      'unavailable',
      'messages for this trigger cannot be checked now; send this one again later',
      {
        cause,
      },
    );
  }
};
