import { stripTypeScriptTypes } from 'node:module';
/** Jest's transform: Node's own type stripping, so tests run the very text that `node` runs. */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
