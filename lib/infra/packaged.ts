/** What the package holds beside its code: the functions, bundled before, and the workflows. */
import { fileURLToPath } from 'node:url';

const isCheckout = import.meta.url.endsWith('.ts');

/** The folder of package.json: in a checkout this file is two floors below it, built it is three. */
export const packageRoot = fileURLToPath(new URL(isCheckout ? '../../' : '../../../', import.meta.url));

/** The definitions of the workflows: beside `lib`, in a checkout and built. */
export const definitionsFolder = fileURLToPath(new URL('../../statemachines/', import.meta.url));

/** A module for each function, and what they share: `npm run bundle` writes it, and the package carries it. */
export const functionsFolder = `${packageRoot}dist/functions`;
