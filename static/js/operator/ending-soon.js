// Lots that end within the hour and the other lots, each with the age of its last bid.
import { put } from '../core/dom.js';
import { FINAL } from '../core/showing.js';
import { t } from '../core/words.js';
import { Line } from '../catalogue/line.js';
import { Market } from '../catalogue/market.js';

const TICK_MS = 250;
const ANEW_MS = 10_000;
const SOON_MS = 3_600_000;

function lastBid(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return t('op.last_bid_s', { s });
  const m = Math.floor(s / 60);
  return m < 60 ? t('op.last_bid_m', { m, s: s % 60 }) : t('op.last_bid_h', { h: Math.floor(m / 60), m: m % 60 });
}

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
      const moved = line ? line.state !== lot.state : !FINAL.has(lot.state);
      line?.hear(lot);
      if (moved || (line && this.#misplaced(line, now))) this.#again();
    }
  }

  #misplaced({ node, state, ends_at: end }, now) {
    return state === 'open' && end !== null && node.closest('[data-others]') !== null && end - now <= SOON_MS;
  }

  // Who comes and who goes is the server's to say.
  #again() {
    this.#anew ??= setTimeout(async () => {
      this.#anew = null;
      const response = await fetch(location.href).catch(() => null);
      if (!response?.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = page.querySelector('ending-soon');
      if (fresh) this.replaceChildren(...fresh.children);
      this.#read();
    }, ANEW_MS);
  }

  #tick() {
    const now = EndingSoon.clock.now();
    for (const line of this.#lines.values()) {
      line.tick(now);
      if (this.#misplaced(line, now)) this.#again();
      put(line.f.age, line.last === null ? t('op.no_bid') : lastBid(now - line.last));
    }
    setTimeout(() => this.#tick(), TICK_MS);
  }
}
