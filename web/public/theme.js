// Runs before the first paint, so that a theme chosen by hand does not flash: kept apart from the bundle on purpose.
try {
  const theme = JSON.parse(localStorage.getItem('glimpse.settings') || '{}').theme;
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden or damaged: the system's theme is used.
}
