/** The boundary of the basins on a map: computed piece by piece, so that small steps, which take long, hold up no frame. */

import { settingOf } from './core.js';

/** So much of a frame may be spent on it, in milliseconds. */
const BUDGET = 5;

/** A function that shows the boundary for a state on `map`. */
export function createBoundary(core, map) {
  let shownFor = '';

  function goOn(pieces, key) {
    if (key !== shownFor) return;
    const until = performance.now() + BUDGET;
    for (;;) {
      const { done, value } = pieces.next();
      if (done) {
        map.showBoundary(value);
        return;
      }
      if (performance.now() > until) break;
    }
    // What was drawn for other settings is no boundary of these.
    map.showBoundary(null);
    requestAnimationFrame(() => goOn(pieces, key));
  }

  return (state) => {
    const key = JSON.stringify([settingOf(state), state.sum]);
    if (key === shownFor) return;
    shownFor = key;
    goOn(core.boundary(state), key);
  };
}
