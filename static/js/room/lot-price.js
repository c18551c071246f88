// The price and the clock: what is looked at most, and dimmed when it may be old.
import { put } from '../core/dom.js';
import { TENTHS_MS, untilChange } from '../core/countdown.js';
import { freshen } from '../core/motion.js';
import { percent, short, yuan } from '../core/money.js';
import { clockOf, headline } from '../core/showing.js';
import { clock, clockMs, moment, zoneName } from '../core/times.js';
import { language, t } from '../core/words.js';
import { Part } from './part.js';

const ALONE = new Set(['end.awaiting', 'end.first_bid', 'state.paused']);

export class LotPrice extends Part {
  #timer = null;
  #price;
  #end;

  start() {
    this.#price = this.room.view.price;
    this.#end = this.room.view.ends_at;
  }

  render() {
    const { room, f } = this;
    const { view, terms, lot } = room;
    const { key, amount } = headline(view, terms);
    this.dataset.state = view.state;
    put(f.label, t(key));
    put(f.price, yuan(amount));
    f.box.dataset.long = Math.max(0, yuan(amount).length - 9);
    put(f.short, short(amount, language));
    const whole = lot.claim ?? lot.appraisal;
    if (whole) put(f.share, t(lot.claim ? 'price.of_claim' : 'price.of_appraisal', { percent: percent(amount, whole) }));
    put(f.reserve, view.reserve_met === null ? '' : t(view.reserve_met ? 'lot.reserve_met' : 'lot.reserve_unmet'));
    if (view.price !== this.#price) freshen(f.box);
    this.#price = view.price;
    this.#age();
    this.#count();
    this.#extensions();
  }

  #age() {
    const { stale, age } = this.room.stale;
    this.toggleAttribute('data-stale', stale);
    put(this.f.age, stale ? t('price.age', { seconds: Math.floor(age / 1000) }) : '');
    this.f.dot.dataset.live = stale ? 'stale' : this.room.live ? 'live' : 'connecting';
  }

  #count() {
    clearTimeout(this.#timer);
    const { room, f } = this;
    const { view } = room;
    const now = room.clock.now();
    const { key, text, at, ms } = clockOf(view, now);
    put(f.end_label, t(ALONE.has(key) ? 'end.in' : key));
    put(f.countdown, text ?? (key === 'end.ended' ? t(`state.${view.state}`) : t(key)));
    f.countdown.classList.toggle('words', text === null);
    f.countdown.classList.toggle('hours', ms !== null && text?.length > 5);
    f.countdown.classList.toggle('tenths', ms !== null && ms < TENTHS_MS);
    const when = at === null ? '' : `${moment(at, now, language)} ${zoneName}`;
    put(f.end_at, when);
    this.#bar(view, now);
    if (ms !== null) this.#timer = setTimeout(() => this.#count(), untilChange(ms));
  }

  // The closing window running out; an extension refills it.
  #bar(view, now) {
    const { bar } = this.f;
    const window = this.room.terms.window_ms;
    const left = view.state === 'open' && view.ends_at !== null && window ? (view.ends_at - now) / window : 0;
    bar.classList.toggle('refill', view.ends_at !== this.#end);
    bar.classList.toggle('closing', left > 0 && left <= 1);
    bar.style.transform = `scaleX(${Math.max(0, Math.min(1, left)).toFixed(3)})`;
    this.#end = view.ends_at;
  }

  #extensions() {
    const { view, terms, ledger } = this.room;
    const { extensions } = view;
    const parts = [];
    if (extensions) parts.push(extensions === 1 ? t('end.extended_once') : t('end.extended', { n: extensions }));
    const row = extensions ? ledger.rows.findLast(({ end }) => end !== null) : null;
    const outage = ledger.events.findLast((event) => event.t === 'extended');
    if (outage && (row?.n ?? 0) < outage.n) parts.push(t('end.by_outage', { time: clockMs(outage.at), end: clock(outage.ends_at) }));
    else if (row) parts.push(t('end.by', { n: row.n, time: clockMs(row.at), end: clock(row.end) }));
    if (terms.max_extensions !== null && view.state === 'open') {
      const left = terms.max_extensions - extensions;
      if (left <= 1) parts.push(t(left === 1 ? 'end.last' : 'end.no_more'));
    }
    put(this.f.extended, parts.join(' · '));
  }
}
