import { HoldfastError, isErrorCode } from '../../model/errors.ts';

/**
 * The failure of a component as the failure of the whole: by the component's own code, if it tells more than "failed".
 */
export const componentError = (
  { errorCode }: { readonly errorCode?: string | null | undefined },
  message: string,
): HoldfastError => {
  const told = typeof errorCode === 'string' && errorCode !== 'internal' && isErrorCode(errorCode);
  return new HoldfastError(told ? errorCode : 'component_failed', message);
};
