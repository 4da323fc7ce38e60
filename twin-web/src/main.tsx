// Starts the page.

import { render } from 'preact';
import { App } from './app/app.tsx';
import { fitVirtualKeyboard } from './app/virtual-keyboard.ts';
import { loadValue, saveValue } from './base/storage.ts';
import { openConversation } from './chat/actions.ts';
import { conversation } from './chat/conversation.ts';
import { applyLanguage, pickLanguage, preferredLanguages } from './locales/locale.ts';
import { registerServiceWorker } from './offline/register.ts';
import { applyAccent } from './settings/accent.ts';
import { config, fetchConfig, parseConfig, type Config } from './settings/config.ts';
import { embedAccent } from './settings/embedded.ts';

async function start(): Promise<void> {
  const fetched = fetchConfig();
  // Draw with the settings of the last visit, which rarely change, instead of waiting for the network.
  await applyConfig(parseConfig(loadValue('config')));
  render(<App />, document.getElementById('page')!);
  fitVirtualKeyboard();
  void openConversation(conversation.get().id);
  const current = await fetched;
  if (current) {
    saveValue('config', current);
    await applyConfig(current);
  }
  registerServiceWorker();
}

async function applyConfig(settings: Config): Promise<void> {
  config.set(settings);
  applyAccent(parseConfig({ accent: embedAccent }).accent ?? settings.accent);
  await applyLanguage(pickLanguage(preferredLanguages(), settings.languages));
}

void start();
