/** Who may do what, and who did what: the routes of one function. Other functions name them in their documents. */
import { approvalRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import { backupTokenRoutes } from './backup-token.ts';
import { issuerSignInRoutes } from './issuer-sign-in.ts';
import { sessionRoutes } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';

export const accessRoutes = [
  ...tokenRoutes,
  ...userRoutes,
  ...signInRoutes,
  ...issuerSignInRoutes,
  ...sessionRoutes,
  ...auditRoutes,
  ...backupTokenRoutes,
  ...approvalRoutes,
];
