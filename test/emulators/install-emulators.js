/**
 * Before any test on emulators: what all tests need, then the emulators themselves, once and outside the repository.
 * A first installation may take minutes (versitygw is built from its source); no test's time runs meanwhile.
 */
import installTools from '../tools/install-tools.js';
import { installDynamodbLocal } from './dynamodb-local.ts';
import { installMinistack } from './ministack.ts';
import { installMoto } from './moto.ts';
import { installVersitygw } from './versitygw.ts';

export default async () => {
  await installTools();
  await Promise.all([installMinistack(), installMoto(), installDynamodbLocal(), installVersitygw()]);
};
