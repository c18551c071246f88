// Tabs, search and filters: over the rows that are here if these are all, else by the server. The address follows, so that
// a view can be shared.
import { put } from '../core/dom.js';

export class Filters {
  constructor(lines, whole) {
    this.form = document.querySelector('.filters');
    this.tabs = [...document.querySelectorAll('[data-tab]:is(a)')];
    Object.assign(this, { lines, whole });
    this.form.addEventListener('submit', (event) => whole && event.preventDefault());
    this.form.addEventListener(whole ? 'input' : 'change', () => this.#choose());
    const fold = document.querySelector('.fold');
    fold.onclick = () => fold.setAttribute('aria-expanded', String(this.form.classList.toggle('open')));
    for (const tab of this.tabs) {
      tab.onclick = (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        this.form.elements.state.value = tab.dataset.tab;
        this.#choose();
      };
    }
  }

  get #wanted() {
    return Object.fromEntries(new FormData(this.form));
  }

  #choose() {
    if (this.whole) this.run(true);
    else location.assign(address(this.#wanted));
  }

  run(remember = false) {
    const wanted = this.#wanted;
    const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = { all: 0 };
    let shown = 0;
    for (const line of this.lines()) {
      const { dataset } = line.node;
      const fits = ['region', 'seller_kind', 'category'].every((name) => !wanted[name] || dataset[name] === wanted[name])
        && words.every((word) => dataset.text.includes(word));
      if (fits) {
        counts.all += 1;
        counts[line.tab] = (counts[line.tab] ?? 0) + 1;
      }
      const visible = fits && (wanted.state === 'all' || wanted.state === line.tab);
      line.node.hidden = !visible;
      shown += visible;
    }
    for (const tab of this.tabs) {
      if (this.whole) put(tab.querySelector('[data-count]'), counts[tab.dataset.tab] ?? 0);
      if (tab.dataset.tab === wanted.state) tab.setAttribute('aria-current', 'true');
      else tab.removeAttribute('aria-current');
    }
    document.querySelector('[data-empty]').hidden = shown > 0;
    if (remember) history.replaceState(null, '', address(wanted));
  }
}

function address(wanted) {
  const query = new URLSearchParams(Object.entries(wanted).filter(([name, value]) => value && !(name === 'state' && value === 'all')));
  return query.size ? `/?${query}` : '/';
}
