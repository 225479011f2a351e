/** Starts jobs in workers, which run the script of the page. */

import { byId } from './dom.js';

let address = null;

/**
 * A function that starts a job: `work(job, question, { onPiece, onDone, onFailure })`. What it returns has `stop()`, after which nothing
 * is called any more.
 */
export function createWork(engine) {
  address ??= URL.createObjectURL(new Blob([byId('main').textContent], { type: 'text/javascript' }));
  return (job, question, { onPiece, onDone, onFailure }) => {
    // Not a module: those may not be started from a page that is a file.
    const worker = new Worker(address);
    const stop = () => {
      worker.onmessage = null;
      worker.terminate();
    };
    worker.onmessage = ({ data: { piece, isDone, failure } }) => {
      if (piece !== undefined) {
        onPiece(piece);
        return;
      }
      stop();
      if (isDone) onDone();
      else onFailure(failure);
    };
    worker.onerror = (event) => {
      stop();
      onFailure(event.message ?? 'the worker could not be started');
    };
    worker.postMessage({ module: engine.module, job, question });
    return { stop };
  };
}
