/** DynamoDB Local, Amazon's DynamoDB for tests, with data in memory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, run } from '../tools/install-once.ts';
import { type Emulator, runEmulator } from './run-emulator.ts';
import { versions } from './versions.ts';

const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** The pom that fetches the jar, its dependencies, and its SQLite library for this machine. */
const pom = (groupId: string, artifactId: string, version: string): string => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version>
  </dependency></dependencies>
</project>
`;

export const installDynamodbLocal = (): Promise<string> => {
  const { artifact } = versions.dynamodbLocal;
  return installOnce(artifact, async (folder) => {
    const [groupId = '', artifactId = '', version = ''] = artifact.split(':');
    await writeFile(join(folder, 'pom.xml'), pom(groupId, artifactId, version));
    await run('mvn', [
      '-q',
      '-B',
      '-f',
      join(folder, 'pom.xml'),
      `${DEPENDENCY_PLUGIN}:copy-dependencies`,
      `-DoutputDirectory=${join(folder, 'lib')}`,
      '-DincludeScope=runtime',
    ]);
  });
};

/** Starts a new empty DynamoDB Local. */
export const startDynamodbLocal = async (): Promise<Emulator> => {
  const lib = join(await installDynamodbLocal(), 'lib');
  return runEmulator('dynamodb-local', (_, port) => ({
    program: 'java',
    args: [
      '-Xmx512m',
      `-Dsqlite4java.library.path=${lib}`,
      '-cp',
      join(lib, '*'),
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    readyPath: '/',
  }));
};
