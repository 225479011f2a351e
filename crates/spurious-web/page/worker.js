/** What the script does in a worker: it gets the compiled module and one job, and posts each piece of its result. To stop it is to end it. */

import { load } from './engine.js';
import { JOBS } from './jobs.js';

export function serve() {
  addEventListener('message', async ({ data: { module, job, question } }) => {
    try {
      const engine = await load(module);
      for (const piece of JOBS[job](engine, question)) postMessage({ piece });
      postMessage({ isDone: true });
    } catch (error) {
      postMessage({ failure: error.message });
    }
  });
}
