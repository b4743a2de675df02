import { translated } from '../../words/language.ts';

export const words = translated('restore', {
  en: {
    title: 'Restore',
    titleDry: 'Dry run of a restore',
    from: 'From the backup',
    begun: 'Begun',
    target: 'Went to',
    afterwards: 'What to do now',
    kept: (n: string) => `${n} were there already, and were kept`,
    bits: (n: string) => `${n} without setuid or setgid`,
    skipped: 'Not restored',
    dryOnly: 'This was a dry run: nothing was written.',
  },
  de: {
    title: 'Wiederherstellung',
    titleDry: 'Probelauf einer Wiederherstellung',
    from: 'Aus der Sicherung',
    begun: 'Begonnen',
    target: 'Ging nach',
    afterwards: 'Was jetzt zu tun ist',
    kept: (n: string) => `${n} waren schon da und blieben`,
    bits: (n: string) => `${n} ohne setuid oder setgid`,
    skipped: 'Nicht wiederhergestellt',
    dryOnly: 'Das war ein Probelauf: Es wurde nichts geschrieben.',
  },
});
