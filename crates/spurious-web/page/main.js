/** The script of the page, and of its workers. The page: the library, the state, the panel of settings, the tabs and the views. */

import { createAlgorithms } from './algorithms.js';
import { createCore } from './core.js';
import { createDescent } from './descent.js';
import { byId, setText } from './dom.js';
import { load, unpack } from './engine.js';
import { createPanel } from './panel.js';
import { createPhase } from './phase.js';
import { createStore } from './store.js';
import { createTabs } from './tabs.js';
import { createTheme } from './theme.js';
import { createWidth } from './widths.js';
import { createWork } from './work.js';
import { serve } from './worker.js';

/** Sentences of the library begin with a small letter and have no full stop. */
function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function say(...texts) {
  const notice = byId('notice');
  setText(notice, texts.map(sentence).join(' '));
  notice.hidden = texts.length === 0;
}

async function start() {
  const root = document.documentElement;
  const engine = await load(await unpack(byId('module').textContent));
  const core = createCore(engine);
  const store = createStore(root.dataset.state);
  let trial = 0;
  const drawStart = () => store.set(core.drawStart(store.state, (trial += 1)), { push: true });
  const app = { store, core, say, work: createWork(engine), drawStart };
  app.panel = createPanel(byId('settings'), app);
  const views = {
    descent: createDescent(byId('view-descent'), app),
    phase: createPhase(byId('view-phase'), app),
    algorithms: createAlgorithms(byId('view-algorithms'), app),
    width: createWidth(byId('view-width'), app),
  };
  const tabs = createTabs((view) => store.set({ view }, { push: true }));
  store.check(core.refusal);
  store.onComplaint((complaints) => say(...complaints));
  store.listen((state) => {
    tabs.show(state.view);
    app.panel.show(state);
    views[state.view].show();
  });
  store.open();
  createTheme(byId('theme'), () => views[store.state.view].show());
  performance.mark('ready');
  root.dataset.ready = 'true';
}

if (typeof document === 'undefined') {
  serve();
} else {
  start().catch((error) => {
    say(`the page could not start: ${error.message}`);
    throw error;
  });
}
