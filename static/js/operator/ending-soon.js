// Lots that end within the hour, with the age of their last bid.
import { left } from '../core/countdown.js';
import { put } from '../core/dom.js';
import { t } from '../core/words.js';
import { Line } from '../catalogue/line.js';
import { Market } from '../catalogue/market.js';

export class EndingSoon extends HTMLElement {
  static clock;

  connectedCallback() {
    this.lines = new Map([...this.querySelectorAll('li')].map((node) => [node.dataset.lot, new Line(node)]));
    for (const line of this.lines.values()) line.last = Number(line.node.dataset.last) || null;
    new Market(({ now, lots }) => this.#hear(now, lots), (live) => this.classList.toggle('old', !live));
    this.#tick();
  }

  #hear(now, lots) {
    EndingSoon.clock.heard(now);
    for (const lot of lots) {
      const line = this.lines.get(lot.id);
      if (!line) continue;
      if (lot.bids !== line.bids) line.last = now;
      line.hear(lot);
    }
  }

  #tick() {
    const now = EndingSoon.clock.now();
    for (const line of this.lines.values()) {
      line.tick(now);
      put(line.f.age, line.last === null ? t('op.no_bid') : t('op.last_bid', { age: left(now - line.last) }));
    }
    setTimeout(() => this.#tick(), 250);
  }
}
