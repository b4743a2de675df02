import { type Language, language, languages } from '../words/language.ts';
import { words } from '../words/shared.ts';

export const LanguageChoice = ({ onLanguage }: { onLanguage: (chosen: Language) => void }) => (
  <select
    class="language"
    aria-label={words().language}
    value={language()}
    onChange={({ currentTarget }) => onLanguage(currentTarget.value as Language)}
  >
    {Object.entries(languages).map(([one, name]) => (
      <option key={one} value={one} lang={one} selected={one === language()}>
        {name}
      </option>
    ))}
  </select>
);
