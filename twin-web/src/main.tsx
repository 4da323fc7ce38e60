// Starts the page: what is needed at once is drawn at once, everything else follows when it comes.

import { render } from 'preact';
import { App } from './app/app.tsx';
import { config } from './app/settings.ts';
import { fitKeyboard } from './app/keyboard.ts';
import { open, talk } from './chat/talk.ts';
import { register } from './offline/register.ts';
import { applyAccent } from './settings/accent.ts';
import { fetchConfig, readConfig } from './settings/config.ts';
import { recall, remember } from './settings/storage.ts';
import { choose, preferred, speak } from './words/words.ts';

const fromEmbed = new URLSearchParams(location.hash.slice(1)).get('accent');

async function start(): Promise<void> {
  // What the last visit knew is right most of the time, and there at once.
  const known = readConfig(recall('config'));
  config.set(known);
  applyAccent(readConfig({ accent: fromEmbed }).accent ?? known.accent);
  const asked = fetchConfig();
  await speak(choose(preferred(), known.languages));
  render(<App />, document.getElementById('page')!);
  fitKeyboard();
  void open(talk.get().id);
  const told = await asked;
  config.set(told);
  remember('config', told);
  applyAccent(readConfig({ accent: fromEmbed }).accent ?? told.accent);
  await speak(choose(preferred(), told.languages));
  register();
}

void start();
