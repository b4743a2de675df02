import { describe, expect, test } from '@jest/globals';
import { eventBridgeCron } from '../../lib/model/schedules/eventbridge-cron.ts';

describe('a cron expression on AWS [K7]', () => {
  test.each([
    ['0 3 * * *', 'cron(0 3 * * ? *)'],
    ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
    ['5/20 8-10 * * *', 'cron(5,25,45 8,9,10 * * ? *)'],
    ['30 2 1,15 * *', 'cron(30 2 1,15 * ? *)'],
    ['0 0 1 */3 *', 'cron(0 0 1 1,4,7,10 ? *)'],
    ['0 0 1 JAN,jul *', 'cron(0 0 1 1,7 ? *)'],
    ['0 22 * * 1-5', 'cron(0 22 ? * MON,TUE,WED,THU,FRI *)'],
    ['0 22 * * MON-FRI', 'cron(0 22 ? * MON,TUE,WED,THU,FRI *)'],
    ['0 22 * * 0', 'cron(0 22 ? * SUN *)'],
    ['0 22 * * 7', 'cron(0 22 ? * SUN *)'],
    ['0 22 * * 5-7', 'cron(0 22 ? * SUN,FRI,SAT *)'],
    ['0 22 * * */2', 'cron(0 22 ? * SUN,TUE,THU,SAT *)'],
    ['0 22 * 6 0-7', 'cron(0 22 * 6 ? *)'],
    ['  0   3 * * * ', 'cron(0 3 * * ? *)'],
  ])('"%s" is %s', (cron, expected) => {
    expect(eventBridgeCron(cron)).toBe(expected);
  });

  test.each([
    ['0 3 1 * 1', 'create two schedules'],
    ['60 3 * * *', 'the field minute takes 0 to 59, not "60"'],
    ['0 3 L * *', 'the field day takes 1 to 31, not "L"'],
    ['0 3 * * 5#2', 'the field weekday takes 0 to 7 or SUN to SAT, not "5#2"'],
    ['0 3 ? * *', 'not "?"'],
    ['0 22-4 * * *', 'ends before it begins'],
    ['*/0 * * * *', 'is not a step'],
    ['* * * *', 'has five fields'],
    ['0 0 3 * * *', 'has five fields'],
  ])('refuses "%s" with a sentence', (cron, why) => {
    expect(() => eventBridgeCron(cron)).toThrow(why);
    expect(() => eventBridgeCron(cron)).toThrow(`the schedule "${cron}" cannot run on AWS`);
  });
});
