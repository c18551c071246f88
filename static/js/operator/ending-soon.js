// Lots that end within the hour, with the age of their last bid.
import { left } from '../core/countdown.js';
import { put } from '../core/dom.js';
import { FINAL } from '../core/showing.js';
import { t } from '../core/words.js';
import { Line } from '../catalogue/line.js';
import { Market } from '../catalogue/market.js';

const TICK_MS = 250;
const ANEW_MS = 10_000;

export class EndingSoon extends HTMLElement {
  static clock;
  #lines;
  #anew = null;

  connectedCallback() {
    this.#read();
    new Market(({ now, lots }) => this.#hear(now, lots), (live) => this.classList.toggle('old', !live));
    this.#tick();
  }

  #read() {
    this.#lines = new Map([...this.querySelectorAll('li')].map((node) => [node.dataset.lot, new Line(node)]));
    for (const line of this.#lines.values()) line.last = Number(line.node.dataset.last) || null;
  }

  #hear(now, lots) {
    EndingSoon.clock.heard(now);
    for (const lot of lots) {
      const line = this.#lines.get(lot.id);
      if (line && lot.bids !== line.bids) line.last = now;
      line?.hear(lot);
      if (line ? FINAL.has(lot.state) : lot.state === 'open') this.#again();
    }
  }

  // Who comes and who goes is the server's to say.
  #again() {
    this.#anew ??= setTimeout(async () => {
      this.#anew = null;
      const response = await fetch(location.href).catch(() => null);
      if (!response?.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = page.querySelector('ending-soon ol');
      if (fresh) this.querySelector('ol').replaceChildren(...fresh.children);
      this.#read();
    }, ANEW_MS);
  }

  #tick() {
    const now = EndingSoon.clock.now();
    for (const line of this.#lines.values()) {
      line.tick(now);
      put(line.f.age, line.last === null ? t('op.no_bid') : t('op.last_bid', { age: left(now - line.last) }));
    }
    setTimeout(() => this.#tick(), TICK_MS);
  }
}
