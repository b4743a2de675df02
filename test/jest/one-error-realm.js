import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, so an error made by Node itself would not be an `instanceof Error` there,
 * as it is in the product. This makes it one.
 */
const ordinary = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(thrown) {
    return ordinary.call(this, thrown) || (this === Error && types.isNativeError(thrown));
  },
});
