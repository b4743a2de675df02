/** The product's version, in archives, records and the API. It is the package's own version, checked by a test. */
export const PRODUCT_VERSION = '0.1.0';
