/**
 * A function as a resource of a CloudFormation template: CloudFormation calls it and waits, for up to an hour, for an
 * answer at a URL that it gives.
 *
 * The form is at docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html.
 */
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';

const requestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()),
  /** The properties before an update. */
  OldResourceProperties: z.record(z.string(), z.unknown()).optional(),
});
type Properties = z.infer<typeof requestSchema>['ResourceProperties'];

/** The values that other resources of the template read by `Fn::GetAtt`. */
export type Attributes = Readonly<Record<string, string>>;

const TRIES = 5;
/** The longest reason: CloudFormation takes 4 KB in all. */
const LONGEST_REASON = 2_000;

/**
 * Does what is asked and answers; after a failure with the reason, which the stack then shows as its own error. Does
 * nothing at a deletion.
 *
 * @throws when no answer can be given: for an invalid request, or when the answer is not accepted
 */
export const answerCloudFormation = async (
  event: unknown,
  work: (properties: Properties, before: Properties | undefined) => Promise<Attributes>,
): Promise<void> => {
  const request = requestSchema.parse(event);
  const { RequestType, StackId, RequestId, LogicalResourceId, ResourceProperties } = request;
  const answer = async (outcome: object): Promise<void> =>
    put(request.ResponseURL, {
      StackId,
      RequestId,
      LogicalResourceId,
      // The resource's id, always the same one, so that an update replaces nothing.
      PhysicalResourceId: request.PhysicalResourceId ?? LogicalResourceId,
      ...outcome,
    });
  if (RequestType === 'Delete') return answer({ Status: 'SUCCESS' });
  let attributes: Attributes;
  try {
    attributes = await work(ResourceProperties, request.OldResourceProperties);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return answer({ Status: 'FAILED', Reason: reason.slice(0, LONGEST_REASON) });
  }
  return answer({ Status: 'SUCCESS', Data: attributes });
};

const put = async (url: string, answer: object): Promise<void> => {
  const body = JSON.stringify(answer);
  for (let tries = 1; ; tries++) {
    try {
      // Bytes, not text: fetch adds a Content-Type to a text, and the URL is signed for none.
      const { ok, status } = await fetch(url, { method: 'PUT', body: Buffer.from(body) });
      if (ok) return;
      throw new Error(`CloudFormation did not accept the answer: status ${status}`);
    } catch (thrown) {
      if (tries === TRIES) throw thrown;
      await pause(200 * 2 ** tries);
    }
  }
};
