/** The product's version, in archives, records and the API. The package's own number, checked by a test. */
export const PRODUCT_VERSION = '0.1.0';
