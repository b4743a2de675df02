/** What the package contains beside its code: the bundled functions, and the workflows. */
import { fileURLToPath } from 'node:url';

const isCheckout = import.meta.url.endsWith('.ts');

/** The folder of package.json: this file is two folders below it in a checkout, and three when built. */
export const packageRoot = fileURLToPath(new URL(isCheckout ? '../../' : '../../../', import.meta.url));

/** The definitions of the workflows: beside `lib`, in a checkout and when built. */
export const definitionsFolder = fileURLToPath(new URL('../../statemachines/', import.meta.url));

/**
 * A module for each function, and their shared modules: `npm run bundle` writes them, and the package contains them.
 */
export const functionsFolder = `${packageRoot}dist/functions`;
