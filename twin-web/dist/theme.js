// Applies the saved theme before the first paint.
try {
  document.documentElement.dataset.theme = JSON.parse(localStorage['twin:theme']);
} catch {}
