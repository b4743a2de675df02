/** The icons. They have the colour of the text beside them, and screen readers pass over them. */
import type { IconName } from '../screen.ts';

type Drawn =
  | IconName
  | 'good'
  | 'attention'
  | 'bad'
  | 'plain'
  | 'running'
  | 'file'
  | 'folder'
  | 'arrow'
  | 'fold'
  | 'download';

const paths: Readonly<Record<Drawn, string>> = {
  overview: 'M3 11.5 12 4l9 7.5M5.5 9.5V20h13V9.5M10 20v-5.5h4V20',
  backups: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01',
  restore: 'M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5M12 8v4.5l3 2',
  keys: 'M14.5 9.5a4.5 4.5 0 1 0-4 4.47L12 15.5h2v2h2v2h4v-4l-5.6-5.6M8.5 8.5h.01',
  schedules: 'M5 6h14v14H5zM5 10.5h14M9 3.5V7M15 3.5V7M9 14.5l2 2 4-4',
  retention: 'M4 5h16v4H4zM5.5 9v10.5h13V9M10 13h4',
  notices: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4',
  tokens: 'M12 3l8 3v6c0 4.5-3.2 7.6-8 9-4.8-1.4-8-4.5-8-9V6zM9 12l2 2 4-4',
  domains: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.4-3.6 3-5.5 6.5-5.5s6.100 1.900 6.500 5.500M16 4.500a3.300 3.300 0 0 1 0 6.300M18 14.800c2 .7 3.200 2.500 3.500 5.200',
  approvals: 'M4 5h16v11H9l-5 4zM9 10.500l2 2 4-4',
  audit: 'M6 3.5h9L19 8v12.5H6zM14.5 3.5V8.5H19M9 13h6M9 16.5h6',
  good: 'M5 12.5l4.5 4.5L19 7.5',
  attention: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.2h.01',
  bad: 'M6 6l12 12M18 6 6 18',
  plain: 'M6 12h12',
  running: 'M12 3a9 9 0 1 1-9 9',
  file: 'M6 3.5h8L18 8v12.5H6zM13.5 3.5V8.5H18',
  fold: 'M9 6l6 6-6 6',
  folder: 'M3.5 6.5h6l2 2.5h9v10.5h-17z',
  download: 'M12 4v11M7 10.500l5 5 5-5M5 20h14',
  arrow: 'M5 12h13M13 6.5l5.5 5.5-5.5 5.5',
};

export const Icon = ({ name, turns = false }: { name: Drawn; turns?: boolean }) => (
  <svg class={turns ? 'icon turns' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);
