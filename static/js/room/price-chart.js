// The price over time, drawn as SVG; for those who do not see it, a sentence.
import { put } from '../core/dom.js';
import { short, yuan } from '../core/money.js';
import { FINAL } from '../core/showing.js';
import { clock } from '../core/times.js';
import { language, t } from '../core/words.js';
import { scales, stepPath, ticks, timeTicks } from './chart-path.js';
import { Part } from './part.js';

const EVERY_MS = 1000;
const LEAST_MS = 200;
const MARKS = 200;
const MARGIN = { top: 8, right: 8, bottom: 18, left: 64 };
const SMALL = { top: 4, right: 4, bottom: 15, left: 56 };

export class PriceChart extends Part {
  #drawn = '';
  #drawnAt = -EVERY_MS;
  #width = 0;
  #timer = null;

  start() {
    this.svg = this.querySelector('svg');
    this.#width = this.clientWidth;
    new ResizeObserver(() => {
      this.#width = this.clientWidth;
      this.#drawnAt = -EVERY_MS;
      this.#drawn = '';
      this.room.paint.ask();
    }).observe(this);
  }

  render() {
    const { view, ledger } = this.room;
    const state = `${view.n} ${view.state} ${view.ends_at} ${ledger.low} ${ledger.high}`;
    const at = performance.now();
    const due = this.#drawnAt + (state !== this.#drawn ? LEAST_MS : view.state === 'open' ? EVERY_MS : Infinity);
    clearTimeout(this.#timer);
    if (!this.#width) return;
    if (at < due) { // what came too early is drawn later: nothing else may come
      if (due < Infinity) this.#timer = setTimeout(() => this.room.paint.ask(), due - at);
      return;
    }
    this.#drawn = state;
    this.#drawnAt = at;
    this.#draw();
  }

  #draw() {
    const { ledger, view, terms, clock: house } = this.room;
    const { rows } = ledger;
    put(this.f.none, rows.length ? '' : t('chart.none'));
    if (!rows.length) {
      this.svg.replaceChildren();
      return;
    }
    const box = this.svg.getBoundingClientRect();
    const small = box.height < 100;
    const m = small ? SMALL : MARGIN;
    const plot = { width: box.width - m.left - m.right, height: box.height - m.top - m.bottom };
    const points = priced(ledger.events);
    const last = points.at(-1);
    const now = FINAL.has(view.state) ? (view.ends_at ?? last.at) : house.now();
    const from = view.opened_at ?? ledger.events[0].at;
    const range = { from, to: Math.max(now, view.ends_at ?? now), low: Math.min(terms.start, points[0].price), high: last.price };
    for (const { price } of points) range.high = Math.max(range.high, price);
    if (range.high === range.low) range.high += terms.increment * 4;
    const at = scales(range, plot);
    const g = s('g', { transform: `translate(${m.left} ${m.top})` });
    for (const price of small ? [range.low, last.price] : ticks(range.low, range.high)) {
      g.append(s('line', { class: 'axis', x1: 0, x2: plot.width, y1: at.y(price), y2: at.y(price) }));
      g.append(label(short(price, language), -8, at.y(price) + 4, 'end'));
    }
    for (const time of timeTicks(range.from, range.to, small ? 3 : 6)) {
      const x = at.x(time);
      if (x > 24 && x < plot.width - 24) g.append(label(clock(time).slice(0, range.to - range.from > 3_600_000 ? 5 : 8), x, plot.height + m.bottom - 4, 'middle'));
    }
    const path = stepPath(points, at, Math.min(now, range.to));
    const bottom = plot.height;
    g.append(s('path', { class: 'area', d: `${path}V${bottom}H${at.x(points[0].at)}Z` }), s('path', { class: 'line', d: path }));
    if (view.ends_at !== null) g.append(s('line', { class: 'guide', x1: at.x(view.ends_at), x2: at.x(view.ends_at), y1: 0, y2: bottom }));
    this.#start(g, at, points[0], terms.start);
    this.#marks(g, rows, at, bottom);
    g.append(s('circle', { class: 'tip', cx: at.x(Math.min(now, range.to)), cy: at.y(last.price), r: 3 }));
    this.svg.replaceChildren(g);
    this.#summary(rows);
  }

  // Where the bidding could begin, up to the first bid.
  #start(g, at, first, start) {
    const x = at.x(first.at);
    if (x < 2) return;
    g.append(s('line', { class: 'guide', x1: 0, x2: x, y1: at.y(start), y2: at.y(start) }));
    if (x > 56) g.append(label(t('chart.start'), 4, at.y(start) - 4, 'start'));
  }

  // A tick on the axis for each extension, a dot for each bid of one's own, a line where the reserve was met.
  #marks(g, rows, at, bottom) {
    for (const row of rows.slice(-MARKS)) {
      if (row.end !== null) g.append(s('path', { class: 'mark', d: `M${at.x(row.at)} ${bottom}v-6` }));
      if (row.code === this.room.me.code) g.append(s('circle', { class: 'me', cx: at.x(row.at), cy: at.y(row.amount), r: bottom < 100 ? 1.75 : 2.5 }));
      if (row.met) g.append(s('line', { class: 'guide', x1: at.x(row.at), x2: at.x(row.at), y1: 0, y2: bottom }), label(t('chart.met'), at.x(row.at) + 4, bottom - 4, 'start'));
    }
  }

  #summary(rows) {
    const first = rows[0];
    const last = rows.at(-1);
    put(this.f.summary, `${t('chart.title')}. ${t('chart.summary', {
      bids: rows.length, first: yuan(first.amount), last: yuan(last.amount), from: clock(first.at), to: clock(last.at),
      extensions: this.room.view.extensions,
    })}`);
  }
}

function priced(events) {
  return events.filter(({ price }) => typeof price === 'number').map(({ at, price }) => ({ at, price }));
}

function s(name, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function label(text, x, y, anchor) {
  const node = s('text', { x, y, 'text-anchor': anchor });
  node.textContent = text;
  return node;
}
