/** Elements of the page and of its figures, made without markup in strings: no text is ever parsed as HTML. */

const SVG_SPACE = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element: attributes, `onclick` and its like as listeners, and children. */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_SPACE, tag), attributes, children);
}

/** Changes attributes that differ; a value of `null` removes one. */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
  }
}

/** Changes a text that differs, so that screen readers hear of nothing that stayed. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The element of this id, which the page has. */
export function byId(id) {
  return document.getElementById(id);
}

/** Calls back once in the next frame, however often it is asked to. */
export function oncePerFrame(callback) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      callback();
    });
  };
}

/** Calls back when it has not been asked to for a while. */
export function afterwards(milliseconds, callback) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...values), milliseconds);
  };
}

/** Calls back with width and height of an element, now and when they have changed. */
export function whenResized(node, resized) {
  let [width, height] = [0, 0];
  new ResizeObserver(([entry]) => {
    const box = entry.contentRect;
    if (Math.abs(box.width - width) < 0.5 && Math.abs(box.height - height) < 0.5) return;
    [width, height] = [box.width, box.height];
    resized([width, height]);
  }).observe(node);
}
