/** Every screen of the page, one a line. Those with an entry in the menu come first, in its order. */
import type { Screen } from './screen.ts';
import { approvalScreen } from './screens/approval/screen.tsx';
import { approvalsScreen } from './screens/approvals/screen.tsx';
import { auditScreen } from './screens/audit/screen.tsx';
import { backupScreen } from './screens/backup/screen.tsx';
import { backupsScreen } from './screens/backups/screen.tsx';
import { compareScreen } from './screens/compare/screen.tsx';
import { contentsScreen } from './screens/contents/screen.tsx';
import { domainsScreen } from './screens/domains/screen.tsx';
import { keysScreen } from './screens/keys/screen.tsx';
import { newBackupScreen } from './screens/new-backup/screen.tsx';
import { noticeScreen } from './screens/notice/screen.tsx';
import { noticesScreen } from './screens/notices/screen.tsx';
import { overviewScreen } from './screens/overview/screen.tsx';
import { peopleScreen } from './screens/people/screen.tsx';
import { restoreScreen } from './screens/restore/screen.tsx';
import { restoreWizardScreen } from './screens/restore-wizard/screen.tsx';
import { restoresScreen } from './screens/restores/screen.tsx';
import { retentionScreen } from './screens/retention/screen.tsx';
import { editScheduleScreen, newScheduleScreen } from './screens/schedule-edit/screen.tsx';
import { schedulesScreen } from './screens/schedules/screen.tsx';
import { tokensScreen } from './screens/tokens/screen.tsx';

export const screens: readonly Screen[] = [
  overviewScreen,
  backupsScreen,
  restoresScreen,
  schedulesScreen,
  retentionScreen,
  keysScreen,
  approvalsScreen,
  noticesScreen,
  domainsScreen,
  peopleScreen,
  tokensScreen,
  auditScreen,
  newBackupScreen,
  backupScreen,
  contentsScreen,
  compareScreen,
  restoreWizardScreen,
  restoreScreen,
  approvalScreen,
  noticeScreen,
  newScheduleScreen,
  editScheduleScreen,
];
