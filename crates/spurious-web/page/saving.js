/** Figures as SVG files, data as CSV files, texts for the clipboard, and the buttons for these. */

import { html, setText } from './dom.js';

/** Properties that decide how a figure looks; a file has no style sheet of the page. */
const LOOKS = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'paint-order',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
];

/** Parts of a figure that are for hands, not for eyes. */
const HIDDEN = '.handle-reach';

/** A figure as a file, as it looks now; canvases below it become images. */
export function asSvgFile(picture, canvases = []) {
  const copy = picture.cloneNode(true);
  const [originals, copies] = [picture.querySelectorAll('*'), copy.querySelectorAll('*')];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    for (const name of LOOKS) {
      const value = style.getPropertyValue(name);
      if (value !== '' && value !== 'normal' && !(value === 'none' && name.endsWith('array'))) {
        copies[i].setAttribute(name, value);
      }
    }
    for (const name of ['style', 'tabindex', 'role', 'class']) copies[i].removeAttribute(name);
  });
  const box = picture.getBoundingClientRect();
  const space = picture.namespaceURI;
  const under = document.createElementNS(space, 'rect');
  under.setAttribute('width', '100%');
  under.setAttribute('height', '100%');
  under.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  const visible = canvases.filter((canvas) => !canvas.hidden);
  const layers = visible.map((canvas) => {
    const at = canvas.getBoundingClientRect();
    const image = document.createElementNS(space, 'image');
    image.setAttribute('href', canvas.toDataURL());
    image.setAttribute('x', at.left - box.left);
    image.setAttribute('y', at.top - box.top);
    image.setAttribute('width', at.width);
    image.setAttribute('height', at.height);
    return image;
  });
  [...originals].forEach((original, i) => {
    if (original.matches(HIDDEN)) copies[i].remove();
  });
  copy.prepend(under, ...layers);
  for (const name of ['class', 'role', 'aria-label']) copy.removeAttribute(name);
  return new XMLSerializer().serializeToString(copy);
}

/** Lets the browser save a text as a file. */
export function save(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Puts a text on the clipboard; where pages may not, a reader can still copy it by hand. Whether it worked. */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Buttons of a view, and the line that says what came of them. `copied(text)` puts a text on the clipboard and says so. */
export function createActions() {
  const said = html('p', { class: 'said', role: 'status' });
  return {
    said,
    copied: async (text) => setText(said, (await toClipboard(text)) ? `copied: ${text}` : text),
    button: (id, text, act) => html('button', { type: 'button', id, onclick: act }, text),
  };
}
