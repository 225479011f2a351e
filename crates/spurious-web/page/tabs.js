/** Tabs as readers of screens know them: arrow keys between tabs, and one of them in the order of the Tab key. */

import { byId } from './dom.js';
import { VIEWS } from './settings.js';

/** Connects the tabs of the page; `onChoose(view)` is called when one is chosen. */
export function createTabs(onChoose) {
  const tabs = VIEWS.map((view) => byId(`tab-${view}`));
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => onChoose(VIEWS[i]));
    tab.addEventListener('keydown', (event) => {
      const last = tabs.length - 1;
      const next = {
        ArrowRight: i === last ? 0 : i + 1,
        ArrowLeft: i === 0 ? last : i - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      onChoose(VIEWS[next]);
      tabs[next].focus();
    });
  });
  return {
    show(view) {
      VIEWS.forEach((name, i) => {
        const isChosen = name === view;
        tabs[i].setAttribute('aria-selected', String(isChosen));
        tabs[i].tabIndex = isChosen ? 0 : -1;
        byId(`view-${name}`).hidden = !isChosen;
      });
    },
  };
}
