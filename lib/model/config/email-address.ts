import * as z from 'zod';

export const emailAddressSchema = z.email('not an e-mail address');

/** The domain of an address, in lower case. */
export const mailDomainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();
