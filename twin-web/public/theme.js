// The visitor's choice of dark or light, before anything is painted.
try {
  document.documentElement.dataset.theme = JSON.parse(localStorage['twin:theme']);
} catch {}
