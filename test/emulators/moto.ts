/** moto's server: many AWS services; its KMS really encrypts. */
import { installPython } from './install-python.ts';
import { type Emulator, runEmulator } from './run-emulator.ts';
import { versions } from './versions.ts';

export const installMoto = (): Promise<string> => installPython(versions.moto.requirements);

/** Starts a new empty moto server. */
export const startMoto = async (): Promise<Emulator> => {
  const program = await installMoto();
  return runEmulator('moto', (_, port) => ({
    program,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    readyPath: '/moto-api/data.json',
  }));
};
