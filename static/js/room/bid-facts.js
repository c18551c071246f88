// The figures beneath the desk: what a bid would cost, what is left of one's own ceiling, and how late is still safe.
import { parseAmount } from '../core/amount.js';
import { put } from '../core/dom.js';
import { exact, yuan } from '../core/money.js';
import { clockMs } from '../core/times.js';
import { t } from '../core/words.js';
import { ceilingOf, setCeiling } from './ceiling.js';
import { safeMoment } from './safe-moment.js';

const TRIPS = 5;

export class BidFacts {
  #trips = [];

  constructor(room, f) {
    Object.assign(this, { room, f, ceiling: ceilingOf(room.lot.id) });
    f.ceiling_open.onclick = () => this.#ask();
    f.ceiling.addEventListener('close', () => this.#decide());
    f.ceiling_form.addEventListener('submit', (event) => {
      if (event.submitter?.value !== 'set' || parseAmount(f.ceiling_input.value) !== null) return;
      event.preventDefault();
      put(f.ceiling_fault, t('why.unread'));
    });
  }

  trip(ms) {
    this.#trips.push(ms);
    if (this.#trips.length > TRIPS) this.#trips.shift();
  }

  render(amount) {
    const { room, f, ceiling } = this;
    const { view, terms, clock } = room;
    put(f.total, amount === null ? '—' : `¥${exact(amount)}`);
    put(f.balance, amount === null ? '—' : `¥${exact(Math.max(0, amount - terms.deposit))}`);
    put(f.ceiling_left, ceiling === null ? t('desk.ceiling_none') : `¥${yuan(Math.max(0, ceiling - (view.price ?? 0)))}`);
    const safe = safeMoment(view.ends_at, clock, Math.max(0, ...this.#trips));
    put(f.safe, safe ? safeText(safe, view.ends_at) : '—');
    const trip = this.#trips.at(-1) ?? clock.trip;
    if (trip !== null) put(f.trip, t('desk.trip_text', { ms: Math.round(trip) }));
    if (clock.error !== null) put(f.offset, t('desk.offset_text', { offset: signed(clock.offset), error: `${Math.ceil(clock.error)} ms` }));
  }

  #ask() {
    const { f, ceiling } = this;
    f.ceiling_input.value = ceiling === null ? '' : yuan(ceiling);
    put(f.ceiling_fault, '');
    f.ceiling.returnValue = '';
    f.ceiling.showModal();
    f.ceiling_input.select();
  }

  #decide() {
    const { f, room } = this;
    const answer = f.ceiling.returnValue;
    if (answer !== 'set' && answer !== 'clear') return;
    this.ceiling = answer === 'set' ? parseAmount(f.ceiling_input.value) : null;
    setCeiling(room.lot.id, this.ceiling);
    room.paint.ask();
  }
}

function signed(ms) {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  return size < 10_000 ? `${sign}${Math.round(size)} ms` : `${sign}${(size / 1000).toFixed(1)} s`;
}

// Both times to the tenth: an end cut to its second would lie before the moment that is safe.
function safeText({ at, before }, end) {
  const tenths = (ms) => clockMs(ms).slice(0, -2);
  return t('desk.safe_text', { time: tenths(at), seconds: (before / 1000).toFixed(1), end: tenths(end) });
}
