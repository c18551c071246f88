// The record of bids. It is live at its top and holds still under a reader: then a pill counts what is new.
import { el, put } from '../core/dom.js';
import { yuan } from '../core/money.js';
import { clock, clockMs } from '../core/times.js';
import { t } from '../core/words.js';
import { Part } from './part.js';

const SHOWN = 8;
const MORE = 40;
const MOST = 400;

export class BidRecord extends Part {
  #shown = SHOWN;
  #top = null;
  #drawn = '';
  #reading = false;
  #passed = false;

  start() {
    const { f } = this;
    f.more.onclick = () => this.#more();
    f.fresh.onclick = () => {
      this.#top = null;
      this.#reading = false;
      this.scrollIntoView({ block: 'nearest' });
      this.room.paint.ask();
    };
    const table = this.querySelector('table');
    table.addEventListener('pointerenter', (event) => { if (event.pointerType === 'mouse') this.#reading = true; });
    table.addEventListener('pointerleave', () => { this.#reading = false; this.room.paint.ask(); });
    new IntersectionObserver(([{ isIntersecting, boundingClientRect }]) => {
      this.#passed = !isIntersecting && boundingClientRect.top < 0;
    }).observe(this.querySelector('.section-head'));
  }

  // Somebody reads when his pointer rests on the rows, when more of them are open, or when their top has left the screen.
  get #held() {
    return this.#reading || this.#passed || this.#shown > SHOWN;
  }

  render() {
    const { room, f } = this;
    const { rows } = room.ledger;
    put(f.total, room.view.bids);
    const newest = rows.at(-1)?.n ?? null;
    if (newest === null) {
      if (room.live && room.view.bids === 0) f.rows.replaceChildren();
      f.empty.hidden = room.view.bids > 0;
      return;
    }
    f.empty.hidden = true;
    if (!this.#held || this.#top === null) this.#top = newest;
    const fresh = rows.length - 1 - rows.findLastIndex(({ n }) => n <= this.#top);
    f.fresh.hidden = fresh === 0;
    put(f.fresh, t('record.fresh', { n: fresh }));
    const last = rows.length - fresh;
    const shown = rows.slice(Math.max(0, last - this.#shown), last).reverse();
    this.#draw(shown);
    f.more.hidden = shown.length >= room.view.bids || this.#shown >= MOST;
  }

  #draw(shown) {
    const state = shown.map(({ n, retracted }) => `${n}${retracted ?? ''}`).join();
    if (state === this.#drawn) return;
    this.#drawn = state;
    const kept = new Map(Array.from(this.f.rows.children, (row) => [row.dataset.key, row]));
    this.f.rows.replaceChildren(...shown.map((row) => kept.get(keyOf(row)) ?? this.#row(row)));
  }

  #row(row) {
    const mine = row.code === this.room.me.code;
    const effects = [];
    if (row.retracted) effects.push(t('record.retracted', { ground: t(`ground.${row.retracted}`) }));
    if (row.match) effects.push(t('record.match'));
    if (row.end !== null) effects.push(t('record.new_end', { end: clock(row.end) }));
    if (row.met) effects.push(t('record.reserve_met'));
    const code = cell('code', { translate: 'no' }, row.code);
    if (mine) code.append(' ', el('span', { class: 'tag', translate: 'yes' }, t('record.mine')));
    if (row.rank) code.append(' ', el('span', { class: 'tag', translate: 'yes' }, t('record.priority', { rank: row.rank })));
    return el('tr', { role: 'row', 'data-key': keyOf(row), class: [mine && 'mine', row.retracted && 'gone'].filter(Boolean).join(' ') || null },
      cell('r num hush', {}, String(row.n)),
      cell('num', {}, el('time', {}, clockMs(row.at))),
      code,
      cell('r num amount', {}, yuan(row.amount)),
      cell('r num hush wide-only', {}, row.step ? `+${yuan(row.step)}` : ''),
      cell('effect num', {}, effects.join(' · ')));
  }

  async #more() {
    this.#shown = Math.min(MOST, this.#shown + MORE);
    this.f.rows.classList.add('all');
    this.room.paint.ask();
    if (this.room.ledger.rows.length < this.#shown && this.room.ledger.low > 1) await this.room.journal.older();
  }
}

const cell = (name, attributes, ...children) => el('td', { role: 'cell', class: name, ...attributes }, ...children);
const keyOf = ({ n, retracted }) => `${n}${retracted ? '-' : ''}`;
