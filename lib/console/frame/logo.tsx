export const Logo = () => (
  <span class="logo">
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="logo-ground" />
      <path d="M9 8v16M23 8v16M9 16h14" class="logo-mark" />
    </svg>
    Holdfast
  </span>
);
