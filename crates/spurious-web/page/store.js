/** The state of the page, its history, and who wants to know of changes. */

import { readFragment, writeFragment } from './address.js';
import { afterwards } from './dom.js';
import { initialState } from './settings.js';

/** The address follows a drag this late: browsers refuse more than some hundred changes of it a minute. */
const SETTLED = 400;

/** Pages inside of others may have no history. */
function remember(fragment, push) {
  try {
    if (push) history.pushState(null, '', fragment);
    else history.replaceState(null, '', fragment);
  } catch {
    // The address stays as it is; "copy link" still has the state.
  }
}

/** A store whose state starts with what the address says, or else with `start`, a fragment too. */
export function createStore(start) {
  const listeners = [];
  const complainers = [];
  let state = initialState();
  let refusal = () => null;
  let written = '';

  const write = (push) => {
    const fragment = writeFragment(state);
    if (fragment === written) return;
    written = fragment;
    remember(fragment, push);
  };
  const writeLater = afterwards(SETTLED, () => write(false));
  const tell = (before) => listeners.forEach((listener) => listener(state, before));
  const complain = (sentences) => complainers.forEach((complainer) => complainer(sentences));

  /** What the library says of a state is the last word. */
  const accept = (next, sentences) => {
    const refused = refusal(next, state);
    if (refused === null) state = next;
    else sentences.push(refused);
    complain(sentences);
  };
  const read = (fragment) => {
    const before = state;
    const { state: next, complaints } = readFragment(fragment, initialState());
    accept(next, complaints);
    tell(before);
  };

  const store = {
    get state() {
      return state;
    },
    /** The fragment of the state at this moment. */
    get fragment() {
      return writeFragment(state);
    },
    /** Calls back with the new and the old state after each change. */
    listen: (listener) => listeners.push(listener),
    /** Calls back with sentences about values that were refused; with none when all is well. */
    onComplaint: (complainer) => complainers.push(complainer),
    /** Sets who knows what is refused: a function of the next and the present state to a sentence or `null`. */
    check: (checker) => {
      refusal = checker;
    },
    /** Changes some values. `push` makes a step that the back button takes back. Whether they were accepted. */
    set: (changes, { push = false, isMove = false } = {}) => {
      const before = state;
      const sentences = [];
      // The step before this one ends with what was set last.
      if (push) write(false);
      // A start that is moved on the map is one: what the library says of the run is shown with it.
      if (isMove) {
        state = { ...state, ...changes };
        complain([]);
      } else accept({ ...state, ...changes }, sentences);
      if (push) write(true);
      else writeLater();
      tell(before);
      return sentences.length === 0;
    },
    /** Reads the address for the first time. */
    open: () => {
      read(location.hash.length > 1 ? location.hash : (start ?? ''));
      written = writeFragment(state);
      remember(written, false);
      addEventListener('popstate', () => {
        if (location.hash !== written) {
          written = location.hash;
          read(location.hash);
        }
      });
    },
  };
  return store;
}
