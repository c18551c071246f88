// Who is there, whether this page is live, and whether the log fits together.
import { put } from '../core/dom.js';
import { yuan } from '../core/money.js';
import { stepOf } from '../core/grid.js';
import { t } from '../core/words.js';
import { Part } from './part.js';

const LABELS = { live: 'live.live', joining: 'live.connecting', connecting: 'live.connecting', reconnecting: 'live.reconnecting', off: 'live.off' };

export class LotPresence extends Part {
  render() {
    const { room, f } = this;
    const { view, terms, link } = room;
    const { stale, age } = room.stale;
    f.dot.dataset.live = stale ? 'stale' : link.state === 'live' ? 'live' : link.state === 'off' ? 'off' : 'connecting';
    put(f.live, stale && link.state !== 'off' ? t('live.stale', { seconds: Math.floor(age / 1000) }) : t(LABELS[link.state]));
    put(f.state, t(`state.${view.state}`));
    f.state.className = `state state-${view.state}`;
    put(f.watching, room.watching);
    put(f.registered, view.registered);
    put(f.bids, view.bids);
    if (terms.ladder.length) put(f.increment, `¥${yuan(stepOf(view, terms))}`);
    if (terms.reserve === 'hidden' && view.reserve_met !== null) {
      put(f.reserve, t(view.reserve_met ? 'lot.reserve_met' : 'lot.reserve_unmet'));
    }
    this.#seal();
  }

  #seal() {
    const { view, journal: { chain } } = this.room;
    const { seal, text } = this.f;
    const state = chain.state === 'none' && view.n ? 'checking' : chain.state;
    seal.dataset.seal = state;
    put(text, t(`seal.${state}`, { n: chain.broken, from: chain.low, to: chain.high }));
  }
}
