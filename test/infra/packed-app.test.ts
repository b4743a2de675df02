/**
 * The package in a CDK app of another project: packed by npm, unpacked elsewhere, with real buckets, tables
 * and keys. The apps are copied word for word from README.md and docs/aws.md.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { functionNames } from '../../lib/infra/functions/function-table.ts';
import { Installation } from '../cases/installation.ts';
import { PackedApp, packInto } from './packed-app.ts';
import { flat, rightsOf } from './synthesized.ts';

const blocksOf = (document: string, heading: string): string[] => {
  const text = readFileSync(document, 'utf8');
  const [section = ''] = text.slice(text.indexOf(`## ${heading}`)).split(/\n(?=## )/);
  return [...section.matchAll(/```ts\n(.*?)```/gs)].map(([, block = '']) => block);
};

const [readmeApp = ''] = blocksOf('README.md', 'Deploy on AWS');
const [storeApp = '', attachedApp = ''] = blocksOf('docs/aws.md', 'In an app of your own');

const folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let tarball: string;
let app: PackedApp;
beforeAll(() => {
  tarball = packInto(folder);
  app = new PackedApp(join(folder, 'app'), tarball);
}, 300_000);

const templateOf = (assembly: string, stack: string): Template =>
  Template.fromString(readFileSync(join(assembly, `${stack}.template.json`), 'utf8'));

describe('the packed package [B20] [K8]', () => {
  test('carries its functions bundled, and no source that would have to be compiled', () => {
    const functions = readdirSync(join(app.installed, 'dist/functions'));
    expect(functions).toEqual(
      expect.arrayContaining(functionNames.map((functionName) => `${functionName}.mjs`)),
    );
    const files = readdirSync(app.installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /(?<!\.d)\.ts$/.test(name))).toEqual([]);
  });

  test('is no larger than a few megabytes', () => {
    expect(statSync(tarball).size).toBeLessThan(3_000_000);
  });

  test('has a command line that runs', () => {
    const { stdout, stderr } = app.run(join(app.installed, 'bin/holdfast.js'), '--version');
    expect([stderr, stdout]).toEqual(['', expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });
});

describe('the client of the package [U11]', () => {
  const example = readFileSync('examples/client/back-up.ts', 'utf8');

  test('has types that the strictest compiler takes, and refuses a field that the API does not have', () => {
    app.write('back-up', example);
    app.write('wrong', example.replace('{ label }', '{ lable: label }'));
    expect(app.typeErrors('back-up')).toBe('');
    expect(app.typeErrors('wrong')).toContain("'lable' does not exist");
  });

  test('makes a backup on a real server, lists it, and tells a refusal by its code', async () => {
    const installation = await Installation.start({
      config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
    });
    try {
      writeFileSync(installation.path('source', 'a.txt'), 'content of a');
      const { url, token } = installation.api;
      app.write('back-up', example);
      const run = (HOLDFAST_TOKEN: string) =>
        promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', 'back-up.ts'], {
          cwd: app.folder,
          env: { ...process.env, HOLDFAST_URL: url, HOLDFAST_TOKEN },
        }).catch(({ code, stdout, stderr }) => ({ code, stdout, stderr }));
      expect(await run(token)).toEqual({
        stdout: expect.stringMatching(/^before-upgrade-\S+: SUCCESS\n\S+Z {2}\d+ bytes\n$/),
        stderr: '',
      });
      expect(await run('hft_another')).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^unauthorized: this installation does not accept this token/),
      });
    } finally {
      await installation.close();
    }
  });
});

describe('the app of README.md [B20] [K8]', () => {
  let assembly: string;
  let template: Template;
  beforeAll(() => {
    assembly = app.synthesize('readme', readmeApp);
    template = templateOf(assembly, 'Shop');
  }, 300_000);
  const functions = () => Object.values(template.findResources('AWS::Lambda::Function'));

  test('synthesizes a function for each row of the table, all of one asset, which holds them', async () => {
    const handlers = functions().map(({ Properties }) => Properties.Handler);
    expect(handlers.sort()).toEqual(functionNames.map((functionName) => `${functionName}.handler`).sort());
    const keys = new Set(functions().map(({ Properties }) => Properties.Code.S3Key));
    const [key = ''] = keys;
    expect(keys.size).toBe(1);
    const asset = join(assembly, `asset.${key.replace(/\.zip$/, '')}`);
    const modules = functionNames.map(
      (functionName) => pathToFileURL(join(asset, `${functionName}.mjs`)).href,
    );
    const { stdout, stderr } = app.run(
      '--input-type=module',
      '-e',
      `for (const module of ${JSON.stringify(modules)}) console.log(typeof (await import(module)).handler)`,
    );
    expect([stderr, stdout.trim().split('\n')]).toEqual(['', functionNames.map(() => 'function')]);
  });

  test('hands the names that its buckets and tables get to the configuration, when they have them', () => {
    const [{ Properties } = { Properties: {} }] = Object.values(
      template.findResources('Custom::HoldfastConfiguration'),
    );
    const config = JSON.parse(flat(Properties.Config));
    expect(config.components).toMatchObject([
      { kind: 's3', bucket: expect.stringMatching(/^<Uploads/) },
      { kind: 'dynamodb', table: expect.stringMatching(/^<Orders/) },
    ]);
  });

  test('gives functions rights on its key, through the services that use it', () => {
    const onKey = (functionName: string) =>
      rightsOf(template, functionName, 'Backups').filter(({ resource }) => /^<Key\w+\.Arn>$/.test(resource));
    const services = (functionName: string, action: string): string[] =>
      onKey(functionName)
        .filter((right) => right.action === action)
        .map(({ condition }) => (/"kms:ViaService":.*?"(\w+)\."/.exec(condition) ?? [])[1] ?? 'any');
    expect(services('capture', 'kms:Decrypt').sort()).toEqual(['dynamodb', 's3']);
    expect(services('restore-component', 'kms:GenerateDataKey').sort()).toEqual(['dynamodb', 's3']);
    expect(onKey('seal-archive')).toEqual([]);
  });

  test('tells its topic of alarms, and begins backups by itself', () => {
    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
    for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm')))
      expect(Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^Alarms/) }]);
  });
});

describe('the apps of docs/aws.md', () => {
  test('keep the store in a stack of its own, give others rights and watch its numbers', () => {
    const assembly = app.synthesize('store', storeApp);
    const kept = templateOf(assembly, 'ShopBackups');
    kept.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    const outputs = z.record(z.string(), z.unknown()).parse(kept.toJSON().Outputs);
    for (const name of ['TableName', 'BucketName', 'WrapKeyArn', 'SignKeyArn'])
      expect(Object.keys(outputs)).toContainEqual(expect.stringMatching(new RegExp(`^Store${name}`)));
    const service = templateOf(assembly, 'Shop');
    service.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Holdfast/holdfast',
      MetricName: 'OperationsFailed',
      Period: 3600,
    });
    service.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^Pipeline') }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'lambda:InvokeFunction',
            Resource: Match.arrayWith([
              { 'Fn::GetAtt': [Match.stringLikeRegexp('^Backupsscheduledbackup'), 'Arn'] },
            ]),
          }),
        ],
      },
    });
  });

  test('attach to a store that was left behind, and make none', () => {
    const template = templateOf(app.synthesize('attached', attachedApp), 'Shop');
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
  });
});

test('their types are right, and a wrong app is told so', () => {
  for (const [name, text] of Object.entries({ readme: readmeApp, store: storeApp, attached: attachedApp }))
    app.write(name, text);
  app.write(
    'wrong',
    `import { Component } from 'holdfast';
    // @ts-expect-error
    Component.bucket('uploads', 42);`,
  );
  expect(app.typeErrors('readme', 'store', 'attached', 'wrong')).toBe('');
}, 300_000);
