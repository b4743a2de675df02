/**
 * Schedules and retention on the page: created, changed, paused, run and removed; rules are tried before they
 * are saved.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, startBrowser, tokenOf, visit } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [
        { id: 'files', kind: 'directory', path: `${folder}/source` },
        { id: 'other', kind: 'directory', path: `${folder}/source` },
      ],
      schedules: [{ id: 'configured', cron: '0 3 * * *', timeZone: 'America/New_York' }],
    }),
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

const cardOf = (page: Page, id: string) =>
  page.locator('li.schedule').filter({ has: page.getByRole('heading', { name: id, exact: true }) });

describe('schedules on the page [U10]', () => {
  test('one is made while its next runs are shown, in its zone and in that of whoever looks', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/schedules');
    await page.getByRole('link', { name: 'New schedule' }).click();
    await page.getByLabel('Name').fill('nightly');
    await page.getByLabel('Time zone').fill('America/New_York');
    await page.getByLabel('At', { exact: true }).fill('04:15');
    const preview = page.locator('.preview');
    await preview
      .getByText(/04:15 (GMT-|E[SD]T)/)
      .first()
      .waitFor();
    await preview
      .getByText(/10:15 (CET|GMT\+1|CEST)|09:15/)
      .first()
      .waitFor();
    await page.getByText('Every week').click();
    await page.getByLabel('On', { exact: true }).selectOption('5');
    await page.getByLabel('Only some components').check();
    await page.getByRole('button', { name: 'Make the schedule' }).click();
    await page.getByText('Choose at least one component.').waitFor();
    await page.getByRole('checkbox', { name: /^files/ }).check();
    await page.getByRole('button', { name: 'Make the schedule' }).click();
    await cardOf(page, 'nightly').getByText('Every Friday at 04:15').waitFor();
    const { body } = await here.api.get('/v1/schedules/nightly');
    expect(body).toMatchObject({
      cron: '15 4 * * 5',
      timeZone: 'America/New_York',
      components: ['files'],
      label: 'nightly',
      state: 'active',
    });
    behaved();
  });

  test('a line that is none, and a zone that is none, are told in the sentence of the API', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/new-schedule');
    await page.getByLabel('By a cron line').check();
    await page.getByLabel('Cron line or rate').fill('61 * * * *');
    await page.locator('.preview').getByText('cannot be scheduled').waitFor();
    await page.getByLabel('Cron line or rate').fill('every 6h');
    await page.locator('.preview time').first().waitFor();
    await page.getByLabel('Time zone').fill('Nowhere/Land');
    await page.locator('.preview .wrong').waitFor();
    behaved();
  });

  test('one is changed, and what the form does not show stays: its rules, that it is paused', async () => {
    const retention = { keepDaily: 3 };
    await here.api.post('/v1/schedules', { id: 'kept', cron: '0 1 * * *', retention, enabled: false });
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/schedules/kept/edit');
    await page.getByLabel('Description').fill('<b>bold</b>');
    await page.getByRole('button', { name: 'Save' }).click();
    await cardOf(page, 'kept').getByText('<b>bold</b>').waitFor();
    await cardOf(page, 'kept').getByText('paused', { exact: true }).waitFor();
    const { body } = await here.api.get('/v1/schedules/kept');
    expect(body).toMatchObject({ state: 'paused', retention, description: '<b>bold</b>' });
    behaved();
  });

  test('what somebody else changed meanwhile is not written over', async () => {
    await here.api.post('/v1/schedules', { id: 'shared', cron: '0 1 * * *' });
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/schedules/shared/edit');
    await page.getByLabel('At', { exact: true }).fill('05:05');
    await here.api.call('PUT', '/v1/schedules/shared', { body: { cron: '0 2 * * *' } });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody has changed the schedule meanwhile').waitFor();
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('[type=time]')?.value === '02:00',
    );
    expect((await here.api.get('/v1/schedules/shared')).body.cron).toBe('0 2 * * *');
    behaved();
  });

  test('one is paused, resumed, run and deleted; one of the configuration is run and nothing else', async () => {
    await here.api.post('/v1/schedules', { id: 'worked', cron: '0 1 * * *', label: 'worked' });
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/schedules');
    await page.getByRole('button', { name: 'Pause: worked' }).click();
    await page.getByRole('button', { name: 'Resume: worked' }).click();
    await page.getByRole('button', { name: 'Pause: worked' }).waitFor();
    const configured = cardOf(page, 'configured');
    await configured.getByText('from the configuration').waitFor();
    expect(await configured.getByRole('button').allTextContents()).toEqual(['Run now']);
    await page.getByRole('button', { name: 'Run now: worked' }).click();
    await page.getByRole('heading', { name: 'worked' }).waitFor();
    await page.getByRole('status').getByText('complete').waitFor();
    await visit(page, '/schedules');
    await page.getByRole('button', { name: 'Delete: worked' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await cardOf(page, 'worked').waitFor({ state: 'detached' });
    expect((await here.api.get('/v1/schedules/worked')).status).toBe(404);
    behaved();
  });

  test('whoever may only look is offered nothing that changes one', async () => {
    const { page, behaved } = await enter(browser, here, { token: await tokenOf(here, 'auditor') });
    await visit(page, '/schedules');
    await cardOf(page, 'configured').waitFor();
    expect(await page.locator('#content').getByRole('button').count()).toBe(0);
    await visit(page, '/new-schedule');
    await page.getByRole('heading', { name: 'Your role does not allow this.' }).waitFor();
    behaved();
  });
});

describe('retention on the page [U10]', () => {
  test('rules are tried before they are saved, each backup with its reason; saved, they are the schedule’s', async () => {
    await here.api.post('/v1/schedules', {
      id: 'thinned',
      cron: '0 1 * * *',
      label: 'thinned',
      components: ['files'],
    });
    for (let n = 0; n < 3; n++) {
      const { body } = await here.api.post('/v1/schedules/thinned/run');
      await here.api.ended(`/v1/backups/${body.id}`);
    }
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/retention?schedule=thinned');
    await page.getByText('Without a rule, all backups stay.').waitFor();
    const save = page.getByRole('button', { name: 'Save these rules' });
    expect(await save.isDisabled()).toBe(true);
    await page.getByLabel('Last', { exact: true }).fill('1');
    await page.getByText('2 would be deleted').waitFor();
    await page.getByText('last 1 of 1').waitFor();
    await page.getByText('no rule keeps it').first().waitFor();
    expect((await here.api.get('/v1/schedules/thinned')).body.retention).toBeNull();
    await save.click();
    await page.getByRole('dialog').getByText('2 backups are marked').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save these rules' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await here.api.get('/v1/schedules/thinned')).body.retention).toEqual({ keepLast: 1 });
    behaved();
  });

  test('rules of the configuration are tried, and told as what to write there', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/retention?schedule=configured');
    await page.getByLabel('Daily').fill('7');
    await page.getByText('"retention": {"keepDaily":7}').waitFor();
    expect(await page.getByRole('button', { name: 'Save these rules' }).count()).toBe(0);
    behaved();
  });

  test('a backup is marked to be deleted, kept after all, held from then on, and released', async () => {
    const { id } = await here.api.backup({ label: 'marked', components: ['files'] });
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}`);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('<i>no use</i>');
    await page.getByRole('button', { name: 'Delete after the days of grace' }).click();
    await page.getByText('This backup is to be deleted.').waitFor();
    await visit(page, '/retention');
    await page.getByText('<i>no use</i>').waitFor();
    await page.getByRole('button', { name: `Keep it after all: ${id}` }).click();
    await page.getByRole('button', { name: `Release: ${id}` }).click();
    await page.getByRole('button', { name: `Release: ${id}` }).waitFor({ state: 'detached' });
    const { body } = await here.api.get(`/v1/backups/${id}`);
    expect([body.hold, body.removal]).toEqual([undefined, undefined]);
    behaved();
  });
});
