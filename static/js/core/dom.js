// Small hands for the page's own elements. Text enters by textContent only.
export function fields(root) {
  const found = {};
  for (const node of root.querySelectorAll('[data-f]')) found[node.dataset.f] ??= node;
  return found;
}

export function put(node, text) {
  if (node && node.textContent !== String(text)) node.textContent = text;
}

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// The same with its Chinese marked.
export function putMixed(node, text) {
  if (node.textContent !== text) node.replaceChildren(...mixed(text));
}

const CHINESE = /[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]+/g;

// Chinese inside an English page is marked, so that it is read and drawn as Chinese.
export function mixed(text) {
  if (document.documentElement.lang.startsWith('zh')) return [text];
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(CHINESE)) {
    parts.push(text.slice(last, found.index), el('span', { lang: 'zh' }, found[0]));
    last = found.index + found[0].length;
  }
  return [...parts, text.slice(last)];
}
