// A classic script, so that it runs before the first paint and no one sees the other colours flash.
{
  const THEMES = /** @type {const} */ (['system', 'light', 'dark']);
  const WORDS = { system: 'as the system', light: 'light', dark: 'dark' };

  /** @returns {(typeof THEMES)[number]} */
  const stored = () => {
    try {
      return THEMES.find((theme) => theme === localStorage.getItem('theme')) ?? 'system';
    } catch {
      return 'system';
    }
  };

  let theme = stored();
  const apply = () => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    const words = document.getElementById('theme-words');
    if (words !== null) words.textContent = `Colours: ${WORDS[theme]}`;
    document.getElementById('theme')?.setAttribute('title', `Colours: ${WORDS[theme]}`);
  };
  apply();

  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.getElementById('theme')?.addEventListener('click', () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
      try {
        localStorage.setItem('theme', theme);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      apply();
    });
  });
}
