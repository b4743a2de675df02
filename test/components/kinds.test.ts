/** What each kind of component must provide; a kind that lacks something fails by name. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { componentFromTarget } from '../../lib/components/index.ts';
import { Component } from '../../lib/infra/store/component.ts';
import { type ComponentKindName, componentTable } from '../../lib/model/components/component-table.ts';

const targets: Readonly<Record<ComponentKindName, string>> = {
  directory: '/srv/restored',
  postgres: 'env:DATABASE_URL',
  s3: 's3://restored/photos/',
  dynamodb: 'orders',
};
const kinds = Object.keys(componentTable) as ComponentKindName[];

describe.each(kinds)('the kind of component %s', (kind) => {
  test('has a folder of its own, and its settings in the model', () => {
    expect(existsSync(`lib/components/${kind}/${kind}.ts`)).toBe(true);
    expect(existsSync(`lib/model/components/${kind}.ts`)).toBe(true);
  });

  test('has a page that names each of its settings', () => {
    const page = readFileSync(`docs/components/${kind}.md`, 'utf8');
    const own = Object.keys(componentTable[kind].settings.shape).filter(
      (name) => !['id', 'kind', 'domain', 'afterRestore', 'onMissing'].includes(name),
    );
    expect(own.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`"${name}"`))).toEqual([]);
  });

  test('has tests of what it captures and restores', () => {
    const files = globSync(['test/components/**/*.test.ts', 'test/adapters/aws/**/*.aws-test.ts']);
    expect(files.filter((file) => file.includes(kind)).length).toBeGreaterThan(0);
  });

  test('can be restored where no such component is configured', () => {
    expect(componentFromTarget('it', kind, targets[kind])).toMatchObject({ id: 'it', kind });
  });

  test('has rights of its own on AWS, or says that it is not for AWS', () => {
    const settings = componentTable[kind].settings.parse({ id: 'it', kind, ...sample[kind] });
    const made = () => Component.fromSettings(new Stack(new App()), settings);
    if (componentTable[kind].host === 'embedded') expect(made).toThrow(kind);
    else {
      expect(existsSync(`lib/components/${kind}/aws-rights.ts`)).toBe(true);
      for (const statements of Object.values(made().rights)) expect(statements).not.toHaveLength(0);
    }
  });
});

const sample: Readonly<Record<ComponentKindName, object>> = {
  directory: { path: '/srv' },
  postgres: { url: { env: 'DATABASE_URL' } },
  s3: { bucket: 'photos' },
  dynamodb: { table: 'orders' },
};
