// One lot of a list as the page knows it: read from its element's data, kept current by the market, drawn into its fields.
import { fields, put } from '../core/dom.js';
import { TENTHS_MS, untilChange } from '../core/countdown.js';
import { freshen } from '../core/motion.js';
import { percent, yuan } from '../core/money.js';
import { clockOf, FINAL, headline } from '../core/showing.js';
import { moment } from '../core/times.js';
import { language, t } from '../core/words.js';

const NUMBERS = ['whole', 'start', 'opens_at', 'ends_at', 'resumes_at', 'remaining_ms', 'price', 'bids', 'registered'];
const number = (text) => (text === undefined || text === '' ? null : Number(text));

export const tabOf = (state) => (FINAL.has(state) ? 'closed' : state);

export class Line {
  constructor(node) {
    const { dataset } = node;
    Object.assign(this, { node, id: dataset.lot, state: dataset.state, court: dataset.judicial === '1' });
    for (const name of NUMBERS) this[name] = number(dataset[name]);
    this.f = fields(node);
  }

  get tab() {
    return tabOf(this.state);
  }

  // Soonest first, as the server sorts: what ends, resumes, waits for its first bid, opens; then the closed, newest first.
  get order() {
    switch (this.state) {
      case 'open':
        return this.ends_at === null ? [2, this.opens_at] : [0, this.ends_at];
      case 'paused':
        return [1, this.resumes_at ?? this.opens_at];
      case 'announced':
        return [3, this.opens_at];
      default:
        return [4, -(this.ends_at ?? this.opens_at)];
    }
  }

  hear(line) {
    const fresh = line.price !== this.price;
    for (const name of ['state', 'price', 'bids', 'ends_at', 'registered', 'opens_at', 'resumes_at']) {
      if (name in line) this[name] = line[name];
    }
    this.node.dataset.state = this.state;
    this.node.dataset.tab = this.tab;
    this.#price(fresh);
    put(this.f.bids, this.bids);
    put(this.f.registered, this.registered);
  }

  #price(fresh) {
    const { f } = this;
    const { key, amount } = headline(this, { start: this.start });
    put(f.label, t(key, {}, this.court));
    if (f.start) f.start.hidden = key !== 'price.start';
    put(f.price, yuan(amount));
    if (this.whole) for (const node of [f.share, f.share_full]) this.#share(node, percent(amount, this.whole));
    if (fresh) freshen(f.price);
  }

  #share(node, share) {
    if (node) put(node, node.dataset.key ? t(node.dataset.key, { percent: share }) : share);
  }

  // Draws the clock; resolves to the ms until it can change, or null.
  tick(now) {
    const { f } = this;
    const { key, text, at, ms } = clockOf(this, now);
    const waiting = key === 'end.first_bid';
    const ended = key === 'end.ended';
    f.state.hidden = waiting;
    f.state.className = `state state-${this.state}`;
    put(f.state, t(`state.${this.state}`, undefined, this.court));
    if (text !== null) put(f.ends, text);
    else if (ended) put(f.ends, at === null ? '' : moment(at, now, language));
    else put(f.ends, key === 'state.paused' ? '' : t(waiting ? 'state.waiting' : key, undefined, this.court));
    f.ends.classList.toggle('hush', ended);
    f.ends.classList.toggle('tenths', ms !== null && ms < TENTHS_MS);
    f.ends.classList.toggle('late', this.state === 'open' && ms !== null && ms < TENTHS_MS);
    return ms === null ? null : untilChange(ms);
  }
}
